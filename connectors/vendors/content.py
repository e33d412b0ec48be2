"""Content: the inventory of what is written about the product, for customers and for colleagues."""

from connectors.spec import ExportSpec, Field

DAYS = ("%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%m/%d/%Y %H:%M", "%b %d, %Y")

ITEM = ExportSpec(
    vendor="content",
    stream="item",
    kind="education",
    description="One article, page, deck or video about the product.",
    reference="Inventory CSV that help centres and wikis can write; headers by alias (made here)",
    formats=("csv", "json", "ndjson"),
    files=("*content*", "*article*", "*inventory*", "*help*"),
    key=("url",),
    cursor="updated_at",
    event_time="updated_at",
    expected_every_days=30,
    fields=(
        Field("url", "string", "Where it is", ("URL", "Link", "html_url", "Address"), required=True),
        Field("title", "string", "Headline", ("Title", "Name", "Page title"), required=True, personal="text"),
        Field("kind", "string", "article, release note, battle card, playbook, deck, video", ("Kind", "Type", "Content type")),
        Field("audience", "string", "Who it is for: customers, all colleagues, or a team", ("Audience", "For", "Team")),
        Field("product_area", "string", "Area of the product", ("Product area", "Area", "Section")),
        Field("launch", "string", "Launch that it belongs to, by key or name", ("Launch", "Launch ID")),
        Field("status", "string", "published or draft", ("Status", "State")),
        Field("owner", "string", "Address of its owner", ("Owner", "Owner email", "Author"), personal="email"),
        Field("created_at", "timestamp", "When it was first published", ("Published", "Created", "created_at"), formats=DAYS),
        Field("updated_at", "timestamp", "When it last changed", ("Updated", "Last updated", "updated_at"), formats=DAYS),
        Field("views", "integer", "Views so far", ("Views", "Page views"), minimum=0),
    ),
)

SPECS = (ITEM,)
