"""German, French and Spanish wording of the sample company's customers, for the themes that they write about."""

from __future__ import annotations

from typing import NamedTuple


class Tongue(NamedTuple):
    """Sentence patterns of one language; `themes` maps a theme to its complaints, then its praise."""

    openings: tuple[str, ...]
    closings: tuple[str, ...]
    harm: tuple[str, ...]
    gain: tuple[str, ...]
    subjects: tuple[str, ...]
    themes: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    off_topic: tuple[str, ...]


GERMAN = Tongue(
    openings=("Guten Tag,", "Hallo zusammen,", "Sehr geehrte Damen und Herren,", "Moin,"),
    closings=("Viele Grüße aus {place}", "Mit freundlichen Grüßen", "Danke und Gruß", ""),
    harm=(
        "Das hat uns am {de_day} {hrs} Stunden gekostet.",
        "In {place} sind {nn} Leute betroffen.",
        "Der Chef fragt schon [nach|täglich nach].",
        "So können wir im {de_month} nicht weitermachen.",
    ),
    gain=(
        "Das spart uns {hrs} Stunden pro Woche.",
        "In {place} sind alle begeistert.",
        "Weiter so!",
        "Wir haben es {n} Partnern empfohlen.",
    ),
    subjects=("Frage", "Problem seit {de_day}", "Bitte um Rückmeldung", "Rückmeldung aus {place}"),
    themes={
        "performance_speed": (
            (
                "Die Liste braucht {mins} Sekunden, bis sie [aufgeht|geladen ist].",
                "Nach dem Mittag [ruckelt|hängt] alles, man wartet auf jeden Klick.",
                "Seit {de_month} ist alles zäh wie Honig.",
            ),
            ("Alles öffnet sich sofort, auch mit {big} Aufträgen.",),
        ),
        "reliability_outages": (
            (
                "Am {de_day} war ab {time} [nichts erreichbar|alles weg] und {nn} Leute standen herum.",
                "Schon wieder ein Ausfall, der {n}. seit {de_month}.",
                "Was wir am {de_day} erfasst haben, ist verschwunden.",
            ),
            ("Seit {de_month} kein einziger Ausfall, darauf kann man bauen.",),
        ),
        "usability_navigation": (
            (
                "Für einen Vorgang brauchen wir jetzt {nn} Klicks.",
                "Die neue Oberfläche versteckt genau den Knopf, den wir [ständig|täglich] brauchen.",
                "Kein Mensch versteht, was die grauen Symbole bedeuten.",
            ),
            ("Unsere Leute fanden sich ohne Schulung zurecht.",),
        ),
        "data_export": (
            (
                "Die Datei bricht bei {big} Zeilen [einfach|ohne Hinweis] ab.",
                "Wir bekommen unsere eigenen Daten nicht vollständig [heraus|aus dem System].",
                "In Excel sind alle Umlaute kaputt und die Spalten verrutscht.",
            ),
            ("Ein Klick und die komplette Tabelle mit {big} Zeilen liegt vor.",),
        ),
        "reporting_dashboards": (
            (
                "Die Auswertung zeigt {big}, wir zählen {big2}.",
                "Für die Geschäftsführung basteln wir die Diagramme [weiterhin|jeden Monat] von Hand.",
            ),
            ("Die Kennzahlen auf einer Seite haben unsere Sitzung um {mins} Minuten verkürzt.",),
        ),
        "support_response": (
            (
                "Seit {de_day} warten wir auf eine Antwort.",
                "Der Fall wurde geschlossen, ohne dass [jemand angerufen hat|etwas gelöst war].",
            ),
            ("Der Kollege am Telefon hat es in {mins} Minuten gelöst, sehr freundlich.",),
        ),
        "billing_invoicing": (
            (
                "Für {de_month} wurde doppelt abgebucht.",
                "Auf der Rechnung fehlt unsere Bestellnummer, die Buchhaltung schickt sie zurück.",
            ),
            ("Die Gutschrift war nach einem Tag da.",),
        ),
        "pricing_value": (
            (
                "{nn} Prozent mehr bei der Verlängerung können wir nicht vertreten.",
                "Wir zahlen für {big} Plätze und nutzen {nn}.",
            ),
            ("Nach {n} Monaten hatte es sich bezahlt gemacht.",),
        ),
        "mobile_app": (
            (
                "Im Keller ohne Netz gehen die Eingaben auf dem Handy verloren.",
                "Auf den Tablets der Monteure verdeckt die Tastatur den Speicherknopf.",
            ),
            ("Unsere Monteure erledigen alles vom Wagen aus.",),
        ),
        "sso_security": (
            (
                "Unsere IT gibt das nicht frei, solange es ein eigenes Kennwort braucht.",
                "Nach dem Zertifikatswechsel kam niemand mehr über {idp} hinein.",
            ),
            ("Die Anmeldung über {idp} lief nach {mins} Minuten.",),
        ),
        "localization": (
            (
                "Die Hälfte der Oberfläche bleibt englisch, [obwohl|auch wenn] Deutsch eingestellt ist.",
                "Tag und Monat sind vertauscht, Termine lagen falsch.",
            ),
            ("Endlich ein Werkzeug, das unsere Feiertage kennt.",),
        ),
        "onboarding_setup": (
            ("Die Einführung in {place} zog sich {n} Wochen, niemand zeigte uns die ersten Schritte.",),
            ("Nach {n} Tagen waren wir startklar.",),
        ),
    },
    off_topic=(
        "Wir ziehen am {de_day} um, bitte die neue Anschrift notieren.",
        "Frohe Feiertage aus {place}!",
        "Ich bin erst {n} Tage hier und kann das noch nicht beurteilen.",
    ),
)
FRENCH = Tongue(
    openings=("Bonjour,", "Bonjour à tous,", "Madame, Monsieur,", "Salut l'équipe,"),
    closings=("Cordialement", "Merci d'avance", "Bien à vous, depuis {place}", ""),
    harm=(
        "Nous y avons perdu {hrs} heures {fr_day}.",
        "À {place}, {nn} personnes sont concernées.",
        "La direction commence à poser des questions.",
        "On ne tiendra pas jusqu'en {fr_month} comme ça.",
    ),
    gain=(
        "Cela nous fait gagner {hrs} heures par semaine.",
        "Toute l'équipe de {place} est ravie.",
        "Continuez !",
        "Nous l'avons recommandé à {n} partenaires.",
    ),
    subjects=("Question", "Souci depuis {fr_day}", "Retour de {place}", "Urgent"),
    themes={
        "performance_speed": (
            (
                "La liste met {mins} secondes à [s'ouvrir|s'afficher].",
                "L'après-midi tout rame, on attend après chaque clic.",
                "Depuis {fr_month} c'est d'une lenteur [incroyable|pénible].",
            ),
            ("Tout s'affiche instantanément, même avec {big} dossiers.",),
        ),
        "reliability_outages": (
            (
                "{fr_day} à {time}, plus rien ne répondait et {nn} personnes attendaient.",
                "Encore une panne, la {n}e depuis {fr_month}.",
                "Ce que nous avions saisi {fr_day} a disparu.",
            ),
            ("Aucune interruption depuis {fr_month}, on peut compter dessus.",),
        ),
        "usability_navigation": (
            (
                "Il faut maintenant {nn} clics pour [une seule|la même] action.",
                "Le nouveau menu cache justement ce dont nous avons besoin.",
                "Personne ne comprend ces icônes grises.",
            ),
            ("Nos équipes s'y sont retrouvées sans formation.",),
        ),
        "data_export": (
            (
                "Le fichier s'arrête à {big} lignes sans [prévenir|explication].",
                "Impossible de récupérer toutes nos données d'un coup.",
                "Dans Excel, les accents sont illisibles et les colonnes décalées.",
            ),
            ("En un clic nous avons le tableau complet de {big} lignes.",),
        ),
        "reporting_dashboards": (
            (
                "Le graphique affiche {big}, nous en comptons {big2}.",
                "Pour le comité, nous refaisons les courbes à la main chaque mois.",
            ),
            ("La direction voit enfin l'état des lieux d'un coup d'œil.",),
        ),
        "support_response": (
            ("Nous attendons une réponse depuis {fr_day}.", "La demande a été clôturée sans [solution|un mot]."),
            ("Votre collègue a réglé cela en {mins} minutes, très aimable.",),
        ),
        "billing_invoicing": (
            (
                "Nous avons été débités deux fois pour {fr_month}.",
                "Le numéro de commande manque sur la facture, la comptabilité la refuse.",
            ),
            ("L'avoir est arrivé le lendemain.",),
        ),
        "pricing_value": (
            (
                "Une hausse de {nn} pour cent est indéfendable chez nous.",
                "Nous payons {big} licences pour {nn} personnes actives.",
            ),
            ("Rentabilisé en {n} mois.",),
        ),
        "mobile_app": (
            (
                "Sans réseau au sous-sol, la saisie sur le téléphone est perdue.",
                "Sur la tablette, le clavier cache le bouton d'enregistrement.",
            ),
            ("Nos techniciens font tout depuis la camionnette.",),
        ),
        "sso_security": (
            (
                "Notre service informatique refuse tant qu'il faut un mot de passe à part.",
                "Après le renouvellement du certificat, plus personne n'entrait par {idp}.",
            ),
            ("La connexion par {idp} marchait au bout de {mins} minutes.",),
        ),
        "localization": (
            (
                "La moitié de l'interface reste en anglais.",
                "Le jour et le mois sont inversés, des interventions sont tombées à la mauvaise date.",
            ),
            ("Enfin un outil qui connaît nos jours fériés.",),
        ),
        "onboarding_setup": (
            ("Le démarrage à {place} a traîné {n} semaines, personne ne nous a guidés.",),
            ("Opérationnels en {n} jours.",),
        ),
    },
    off_topic=(
        "Nous déménageons {fr_day}, merci de noter la nouvelle adresse.",
        "Bonnes fêtes depuis {place} !",
        "Je suis arrivé il y a {n} jours, difficile de juger.",
    ),
)
SPANISH = Tongue(
    openings=("Buenos días:", "Hola a todos,", "Estimados señores:", "Hola,"),
    closings=("Un saludo desde {place}", "Atentamente", "Gracias de antemano", ""),
    harm=(
        "El {es_day} perdimos {hrs} horas por esto.",
        "En {place} hay {nn} personas afectadas.",
        "La dirección ya pregunta [por qué|qué pasa].",
        "Así no llegamos a {es_month}.",
    ),
    gain=(
        "Nos ahorra {hrs} horas a la semana.",
        "En {place} están encantados.",
        "¡Sigan así!",
        "Se lo recomendamos a {n} socios.",
    ),
    subjects=("Consulta", "Problema desde el {es_day}", "Comentarios de {place}", "Urgente"),
    themes={
        "performance_speed": (
            (
                "La lista tarda {mins} segundos en [abrirse|cargar].",
                "Por la tarde todo va a tirones, se espera en cada clic.",
                "Desde {es_month} va lentísimo.",
            ),
            ("Todo se abre al instante, incluso con {big} órdenes.",),
        ),
        "reliability_outages": (
            (
                "El {es_day} a las {time} no respondía nada y {nn} personas estaban paradas.",
                "Otra caída, la número {n} desde {es_month}.",
                "Lo que registramos el {es_day} ha desaparecido.",
            ),
            ("Ni una sola interrupción desde {es_month}.",),
        ),
        "usability_navigation": (
            (
                "Ahora hacen falta {nn} clics para [lo mismo|una sola tarea].",
                "El menú nuevo esconde justo lo que necesitamos.",
                "Nadie entiende los iconos grises.",
            ),
            ("Nuestra gente se orientó sin formación.",),
        ),
        "data_export": (
            (
                "El archivo se corta en {big} filas sin [avisar|explicación].",
                "No hay manera de sacar todos nuestros datos de una vez.",
                "En Excel salen mal los acentos y las columnas.",
            ),
            ("Con un clic tenemos la tabla completa de {big} filas.",),
        ),
        "reporting_dashboards": (
            ("El gráfico dice {big}, nosotros contamos {big2}.", "Para el consejo seguimos dibujando las curvas a mano."),
            ("La dirección por fin ve el estado de un vistazo.",),
        ),
        "support_response": (
            ("Esperamos respuesta desde el {es_day}.", "Cerraron el caso sin [solución|decir nada]."),
            ("Su compañero lo resolvió en {mins} minutos, muy amable.",),
        ),
        "billing_invoicing": (
            ("Nos cobraron dos veces {es_month}.", "Falta el número de pedido en la factura y contabilidad la devuelve."),
            ("El abono llegó al día siguiente.",),
        ),
        "pricing_value": (
            ("Una subida del {nn} por ciento no la podemos defender.", "Pagamos {big} licencias y usamos {nn}."),
            ("Amortizado en {n} meses.",),
        ),
        "mobile_app": (
            (
                "Sin cobertura en el sótano se pierde lo que anotamos en el móvil.",
                "En la tableta el teclado tapa el botón de guardar.",
            ),
            ("Nuestros técnicos lo hacen todo desde la furgoneta.",),
        ),
        "sso_security": (
            (
                "Nuestro departamento de sistemas no lo aprueba mientras haga falta otra contraseña.",
                "Tras cambiar el certificado nadie entraba por {idp}.",
            ),
            ("La entrada por {idp} funcionó en {mins} minutos.",),
        ),
        "localization": (
            ("La mitad de la pantalla sigue en inglés.", "El día y el mes salen al revés y las visitas quedaron mal."),
            ("Por fin una herramienta que conoce nuestros festivos.",),
        ),
        "onboarding_setup": (
            ("La puesta en marcha en {place} se alargó {n} semanas y nadie nos guió.",),
            ("En {n} días ya trabajábamos.",),
        ),
    },
    off_topic=(
        "Nos mudamos el {es_day}, anoten la nueva dirección.",
        "¡Felices fiestas desde {place}!",
        "Llevo {n} días aquí y aún no puedo opinar.",
    ),
)
TONGUES: dict[str, Tongue] = {"de": GERMAN, "fr": FRENCH, "es": SPANISH}
