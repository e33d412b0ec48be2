"""Productboard: features as a board's CSV export shows them. Boards differ: the workspace's column map says what is what."""

from connectors.spec import ExportSpec, Field

STAMPS = ("%b %d, %Y", "%m/%d/%Y", "%d/%m/%Y")
NAME = ("Feature name", "Feature", "Name", "Entity name")
LINK = ("Link", "URL", "Productboard link", "Feature link")

FEATURE = ExportSpec(
    vendor="productboard",
    stream="feature",
    kind="roadmap",
    description="One feature of the product hierarchy.",
    reference="Productboard CSV export of a board, columns as shown (no true file was found; names from its documentation)",
    formats=("csv",),
    files=("*productboard*", "*feature*", "*roadmap*", "*board*"),
    key=("id",),
    planned=("name", "description"),
    cursor="updated_at",
    event_time="created_at",
    fields=(
        # Boards without ids still tell features apart by their address, or their name.
        Field("id", "string", "Id of the feature", ("ID", "Feature ID", "Feature UUID", "UUID", *LINK, *NAME), required=True),
        Field("name", "string", "Name of the feature", NAME, required=True,
              personal="text"),
        Field("status", "string", "Status on the board", ("Status", "Feature status", "Status name"), required=True),
        Field("description", "string", "What it is", ("Description", "Feature description"), personal="text",
              markup="html"),
        Field("product", "string", "Product of the hierarchy", ("Product", "Product name")),
        Field("component", "string", "Component of the hierarchy", ("Component", "Component name", "Product area", "Area")),
        Field("effort", "number", "Effort in the board's unit", ("Effort", "Estimated effort", "Effort estimate"), minimum=0),
        Field("owner", "string", "Address of its owner", ("Owner", "Owner email", "Assignee"), personal="email"),
        Field("timeframe", "string", "When it is planned for", ("Timeframe", "Release", "Planned timeframe", "Time horizon")),
        Field("created_at", "timestamp", "When it was entered", ("Created", "Created at", "Creation date"), formats=STAMPS),
        Field("updated_at", "timestamp", "When it last changed", ("Updated", "Updated at", "Last updated"), formats=STAMPS),
        Field("released_at", "timestamp", "When it reached customers", ("Released", "Released at", "Release date",
              "Completed at"), formats=STAMPS),
        Field("link", "string", "Where it is shown", LINK),
    ),
)  # fmt: skip

SPECS = (FEATURE,)
