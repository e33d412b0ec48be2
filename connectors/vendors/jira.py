"""Jira: issues as the CSV export of the issue navigator and the REST API's issue pages write them."""

from connectors.spec import ExportSpec, Field

# 22/Sep/25 9:26 AM and the 24-hour form of other locales, month names in the user's language; REST has offsets without colon.
STAMPS = ("%d/%b/%y %I:%M %p", "%d/%b/%y %H:%M", "%d/%b/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S.%f%z")
DAYS = ("%d/%b/%y", "%d.%m.%Y")
DATES = (*STAMPS, *DAYS)

ISSUE = ExportSpec(
    vendor="jira",
    stream="issue",
    kind="roadmap",
    description="One issue: an initiative, epic, story, task or bug.",
    reference="Jira Cloud CSV export, all fields, repeated headers (seen in a true file); REST issue pages (recorded)",
    formats=("csv", "json", "ndjson"),
    files=("*jira*", "*issue*"),
    key=("issue_key",),
    planned=("title", "description"),
    cursor="updated_at",
    event_time="updated_at",
    envelopes=("issues",),
    signature=(("Issue Type", "Tipo de Incidencia", "Type de ticket", "Vorgangstyp", "fields"),),
    fields=(
        Field("issue_key", "string", "Key of the issue", ("Issue key", "key", "Clave de incidencia", "Clé de ticket",
              "Clé", "Vorgangsschlüssel", "Schlüssel"), required=True),
        Field("issue_id", "string", "Number of the issue", ("Issue id", "id", "ID de la incidencia", "Vorgangs-ID")),
        Field("title", "string", "Headline", ("Summary", "fields.summary", "Resumen", "Résumé", "Zusammenfassung"),
              personal="text"),
        Field("issue_type", "string", "Kind of issue", ("Issue Type", "fields.issuetype.name", "Tipo de Incidencia",
              "Type de ticket", "Vorgangstyp")),
        Field("status", "string", "Status in the workflow", ("Status", "fields.status.name", "Estado", "État")),
        Field("status_category", "string", "To do, in progress or done, in the user's language", ("Status Category",
              "fields.status.statusCategory.key", "Categoría de estado", "Catégorie d'état", "Statuskategorie")),
        Field("status_category_at", "timestamp", "When the status category last changed", ("Status Category Changed",
              "fields.statuscategorychangedate"), formats=DATES),
        Field("project_key", "string", "Key of the project", ("Project key", "fields.project.key", "Clave del proyecto",
              "Clé de projet", "Projektschlüssel")),
        Field("project_name", "string", "Name of the project", ("Project name", "fields.project.name")),
        Field("priority", "string", "Priority", ("Priority", "fields.priority.name", "Prioridad", "Priorité", "Priorität")),
        Field("resolution", "string", "How it was settled", ("Resolution", "fields.resolution.name", "Resolución",
              "Résolution", "Lösung")),
        Field("parent_key", "string", "Key of the issue above it", ("Parent key", "fields.parent.key",
              "Custom field (Epic Link)", "Epic Link", "fields.epic.key")),
        Field("parent_id", "string", "Number of the issue above it", ("Parent", "Parent id", "fields.parent.id")),
        Field("component", "string", "First component", ("Components", "Component/s", "Componentes", "Komponenten")),
        Field("label", "string", "First label", ("Labels", "Etiquetas", "Étiquettes", "Stichwörter")),
        Field("product_area", "string", "Area of the product", ("Custom field (Product Area)", "Product Area")),
        Field("story_points", "number", "Effort in points", ("Custom field (Story Points)",
              "Custom field (Story point estimate)", "Story Points", "Campo personalizado (Story Points)",
              "Benutzerdefiniertes Feld (Story Points)", "Champ personnalisé (Story Points)"), minimum=0),
        Field("original_estimate", "number", "Effort in seconds", ("Original estimate", "fields.timeoriginalestimate",
              "Σ Original Estimate")),
        Field("assignee_id", "string", "Account of whoever works on it", ("Assignee Id", "fields.assignee.accountId"),
              personal="identifier"),
        Field("assignee", "string", "Name of whoever works on it", ("Assignee", "Persona asignada", "Zugewiesene Person"),
              personal="withheld"),
        Field("reporter", "string", "Name of whoever wrote it", ("Reporter", "Informador", "Rapporteur", "Autor"),
              personal="withheld"),
        Field("created_at", "timestamp", "When it was entered", ("Created", "fields.created", "Creada", "Création",
              "Erstellt"), formats=DATES),
        Field("updated_at", "timestamp", "When it last changed", ("Updated", "fields.updated", "Actualizada",
              "Mise à jour", "Aktualisiert"), formats=DATES),
        Field("resolved_at", "timestamp", "When it was settled", ("Resolved", "fields.resolutiondate", "Resuelta",
              "Résolue", "Erledigt"), formats=DATES),
        Field("due_at", "timestamp", "When it is due", ("Due date", "fields.duedate", "Fecha de vencimiento", "Échéance",
              "Fälligkeitsdatum"), formats=DATES),
        Field("description", "string", "What is wanted", ("Description", "fields.description", "Descripción",
              "Beschreibung"), personal="text"),
    ),
    # Names, comments and attachments of people, and columns about display.
    ignored=("expand", "self", "fields", "Creator*", "*Watch*", "Comment*", "Attachment*", "Log Work*", "*lead*", "Reporter Id",
             "Votes", "Last Viewed", "Security Level", "*(Rank)*", "*(Development)*", "*(Issue color)*", "*link (*)*",
             "Project type", "Project description", "Σ*", "Work Ratio", "Remaining Estimate", "Time Spent", "Environment",
             "Satisfaction*", "*(Vulnerability)*"),
)  # fmt: skip

SPECS = (ISSUE,)
