"""Names that assets go by."""

import dagster as dg

from connectors.spec import ExportSpec

LANDED, RAW, ENRICHED = "landed", "raw", "enriched"


def landed_key(vendor: str) -> dg.AssetKey:
    """Asset key of a vendor's delivered files."""
    return dg.AssetKey([LANDED, vendor])


def raw_key(spec: ExportSpec) -> dg.AssetKey:
    """Asset key of a stream's raw table."""
    return dg.AssetKey([RAW, spec.table])


def enriched_key(table: str) -> dg.AssetKey:
    """Asset key of a table of judgements."""
    return dg.AssetKey([ENRICHED, table])
