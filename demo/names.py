"""Word lists from which invented people, places and companies are composed."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


FIRST_NAMES = _words(
    "Ana Bruno Celia Dario Edda Fabio Greta Hanno Ines Jonas Karin Luca Mina Nils Olga Piet Quinn Rosa Sven Tilda "
    "Ugo Vera Wim Xenia Yara Zeno Amara Bashir Chloe Dev Elif Farid Gita Hiro Imani Jia Kofi Leila Mateo Nadia Omar "
    "Priya Ravi Sana Tomas Uma Viktor Wanda Yusuf Zofia René Zoë José Agnès Jörg Björn Noémi Lucja"
)
LAST_NAMES = _words(
    "Kestrel Marlow Tarn Holloway Brightwater Ashdown Fennick Oakhurst Pellew Quarrie Redmayne Stoddart Thackery "
    "Underhill Vexley Wychwood Yarrow Zellner Arkwright Blomfield Castellan Dunmore Eastlake Farrow Garrick Heddle "
    "Ingleby Jessop Kinross Lathbury Merriden Nettleship Orchard Penhallow Rookwood Silverlake Tidewater "
    "Vantongeren Winterbourne Abelard Bellini Corvino Delacour Esposto Fontanelli Grünfeld Häberlin Núñero Lefèvrin "
    "Müllander Sørenholt Okonjari Tanakami Raghunath Cheboi"
)
FRONTS = _words(
    "Hal Bright Cal Wex Ivor Tarn Mor Pel Quill Rav Stel Thorn Ul Ven Wyn Yar Zel Ald Bram Cor Dun El Fen Gar Hesk "
    "In Jor Kel Lor Mar Nor Os Pren Rook Sil Tev Und Vor Wil Ash"
)
BACKS = _words(
    "den moor der ley field wick mont ridge stead holm bury gate crest brook mere vale worth combe ham thorpe by "
    "shaw dale croft well stow march hurst cliff low nor ton rin vik sund berg lund heim stad vang"
)
TRADES = _words(
    "Logistics Robotics Foods Energy Textiles Clinics Retail Freight Optics Ceramics Packaging Marine Rail Farms "
    "Chemicals Paper Glass Tools Metals Bakeries Hotels Water Cables Pumps Seeds Dairy Timber Elevators Motors "
    "Instruments Facilities Airports Laundry Security Printing Insulation Batteries Bricks Cranes Medical"
)
LEGAL_FORMS = {
    "DE": "GmbH",
    "FR": "SAS",
    "ES": "S.L.",
    "GB": "Ltd",
    "US": "Inc.",
    "NL": "B.V.",
    "PL": "Sp. z o.o.",
    "AU": "Pty",
    "JP": "K.K.",
}
# Country: sales region, language of its people, cities, share of the accounts.
COUNTRIES: dict[str, tuple[str, str, tuple[str, ...], float]] = {
    "US": ("AMER", "en", ("Portland", "Denver", "Tulsa", "Albany", "Fresno", "Duluth"), 0.30),
    "GB": ("EMEA", "en", ("Leeds", "Hull", "Bristol", "Dundee", "Swansea"), 0.17),
    "DE": ("EMEA", "de", ("Kassel", "Bremen", "Ulm", "Rostock", "Jena"), 0.15),
    "FR": ("EMEA", "fr", ("Nantes", "Lille", "Dijon", "Metz"), 0.11),
    "ES": ("EMEA", "es", ("Vigo", "Murcia", "Bilbao", "Burgos"), 0.08),
    "NL": ("EMEA", "en", ("Breda", "Zwolle", "Arnhem"), 0.06),
    "PL": ("EMEA", "en", ("Gdynia", "Lublin"), 0.04),
    "AU": ("APAC", "en", ("Geelong", "Cairns", "Hobart"), 0.06),
    "JP": ("APAC", "en", ("Sendai", "Nagoya"), 0.03),
}
INDUSTRIES = (
    "Manufacturing",
    "Transportation",
    "Retail",
    "Healthcare",
    "Utilities",
    "Hospitality",
    "Agriculture",
    "Construction",
)
TITLES = (
    "Operations Manager",
    "Head of Planning",
    "IT Lead",
    "Shift Supervisor",
    "VP Operations",
    "Business Analyst",
    "Site Manager",
    "Procurement Lead",
    "Process Engineer",
    "Chief Operating Officer",
)
FREE_MAIL = ("gmail.com", "outlook.com", "gmx.de", "yahoo.com", "web.de")

# Slots of the sentence patterns.
TEAMS = _listed(
    "the finance team, field operations, the planning team, the night shift, quality control, the depot crew, the "
    "warehouse team, customer service, maintenance, the dispatch desk, procurement, the lab, the project office, "
    "facility management, the back office, the analyst team, the safety team, purchasing, the regional office, the workshop"
)
ROLES = _listed(
    "supervisor, dispatcher, planner, technician, site manager, controller, team lead, inspector, shift lead, clerk, fitter"
)
ITEMS = _listed(
    "work orders, site plans, shift plans, inspections, requests, deliveries, checklists, bookings, accident "
    "reports, assets, maintenance jobs, route plans, purchase requests, handover sheets, visits, tasks"
)
TOOLS = _listed(
    "Excel, Power BI, Tableau, Slack, Teams, HubSpot, SAP, Jira, NetSuite, Salesforce, Snowflake, Outlook, Google "
    "Sheets, Dynamics"
)
IDENTITY_PROVIDERS = _listed("Okta, Azure AD, Entra, Google Workspace, OneLogin, Keycloak, Ping, ADFS")
BROWSERS = _listed("Chrome, Firefox, Edge, Safari, the desktop client, Brave, Opera")
SITES = _listed(
    "the north depot, building 7, hall C, the harbour site, plant 2, the airport store, line 4, the south yard, the "
    "Leeds depot, ward 12, the cold store, the old mill, branch 31, the tank farm, warehouse 9"
)
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday")
MONTHS = _words("January February March April May June July August September October November December")
GERMAN_DAYS = _words("Montag Dienstag Mittwoch Donnerstag Freitag")
GERMAN_MONTHS = _words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
FRENCH_DAYS = _words("lundi mardi mercredi jeudi vendredi")
FRENCH_MONTHS = _words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
SPANISH_DAYS = _words("lunes martes miércoles jueves viernes")
SPANISH_MONTHS = _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
