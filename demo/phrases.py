"""English wording of the sample company's customers: independent sentence patterns per theme, plus shared parts.

`[a|b]` is a choice, `{slot}` is filled when a sentence is composed. Themes are told by what people go through; no theme
leans on one keyword.
"""

# ruff: noqa: E501 - one sentence a line
from __future__ import annotations

from typing import NamedTuple


class Wording(NamedTuple):
    """What people say about one theme: subjects of tickets, complaints, requests or questions, and praise."""

    subjects: tuple[str, ...]
    trouble: tuple[str, ...]
    asks: tuple[str, ...]
    praise: tuple[str, ...]


ENGLISH: dict[str, Wording] = {
    "onboarding_setup": Wording(
        (
            "[Go-live|First week] in {place}",
            "Getting {team} started",
            "[Stuck at|Lost after] step {n}",
            "Kick-off [questions|next steps]",
        ),
        (
            "[Getting started|The first {n} weeks] took [far longer than|twice what] we were [promised|led to expect].",
            "Nobody [walked us through|explained] the [initial configuration|first steps], so [each|every] lead in {team} [made up a way|improvised].",
            "{n} weeks in, {place} is still not live because the [kick-off plan|starter checklist] [skips|leaves out] everything about {item}.",
            "[New joiners|The new starters] in {team} spend {n} days before they can [do anything useful|be let loose on {item}].",
            "The [welcome tour|guided intro] [closed itself|vanished] after step {n} and there is no way [back|to restart it].",
            "Rolling this out to {place} [stalled|ground to a halt] when the wizard [kept asking|went round in circles asking] for a workspace code.",
            "[Half|Most] of {team} [never finished|gave up on] their first-week tasks because it was not clear what comes next.",
            "The consultant who was to bring us live changed [twice|{n} times] and we [started over|began from zero] each time.",
            "Standing up a second site meant [redoing|repeating] all {nn} configuration steps by hand.",
            "We were handed an empty workspace and [wished luck|left alone], basically.",
        ),
        (
            "Is there a [recommended order|sensible sequence] for bringing {n} [new|more] sites [on board|into the system]?",
            "Could someone [sit with us|join a call] while {place} goes [live|through its first configuration]?",
            "What should be [ready|prepared] before the first {nn} [people|colleagues] log in?",
            "A [template|starter workspace] for {team} would [save|spare] us the blank-page moment.",
            "Who [runs|leads] the kick-off for {place} on your side, and [when|how long] is it?",
        ),
        (
            "We were [up and running|live] in {n} days, which [surprised|stunned] {team}.",
            "The kick-off [sessions|workshops] were [well paced|clear] and everyone in {team} knew what to do [next|on day one].",
            "Bringing {place} on board [took|needed] one afternoon.",
            "The starter checklist covered [nearly every question|almost everything] our new people had about {item}.",
        ),
    ),
    "documentation_help": Wording(
        (
            "Where is this [explained|described]?",
            "[Outdated|Wrong] article",
            "[Guide|Manual] for {item}",
            "Screenshots do not match",
        ),
        (
            "The [article|guide] about {item} [describes|shows] buttons that [no longer exist|were gone by {month}].",
            "We [searched|combed] the help pages for {mins} minutes and [ended up|finished] asking a [colleague|competitor's forum].",
            "[Examples|Worked cases] are [missing|nowhere to be found]; it is all [definitions|marketing words].",
            "Screenshots in the knowledge base are from [an older version|two designs ago], so {team} [follows|clicks] the wrong path.",
            "Half of the links in the manual for {role}s [lead nowhere|end on an error page].",
            "What is written about {item} [contradicts|does not agree with] what the [tooltip|video] says.",
            "The tutorials assume an expert; [our|the] {role}s [give up|are lost] after the second paragraph.",
            "The only explanation of [these|the newer] settings is a {mins}-minute video [without chapters|nobody has time for].",
            "[Release notes|What changed in {month}] came as one line, and we had to find out by [trial and error|breaking things].",
        ),
        (
            "Where can a new {role} [read|learn] how {item} [are meant to work|hang together]?",
            "Is there a [printable|step-by-step] [guide|handbook] for {team}?",
            "Please [add|publish] a worked example with [real-looking|non-trivial] {item}.",
            "Could the how-to pages say which [version|role] they are [for|about]?",
        ),
        (
            "The how-to articles are [short|to the point] and [actually|really] answer the question.",
            "Our {role}s [taught themselves|learned the thing] from your guides alone.",
            "[Found|Got] the answer in the manual in under {n} minutes, [with|including] screenshots that matched.",
            "The short videos about {item} are [a gift|excellent] for [new|seasonal] staff.",
        ),
    ),
    "performance_speed": Wording(
        ("[So slow|Crawling] since {day}", "{item} take {mins} seconds to open", "[Waiting|Spinner] all day", "Lag in {place}"),
        (
            "[Opening|Loading] {item} takes [{mins} seconds|the better part of a minute] [on a good day|every single time].",
            "After lunch, when [everybody|all of {team}] is in, [clicks|pages] [need|take] {mins} seconds to [react|respond].",
            "We [watch a spinner|stare at the loading circle] more than we [work|look at {item}].",
            "Scrolling through more than {big} {item} makes the browser [tab freeze|fan howl].",
            "[Saving|Changing] one field and [waiting|counting to {nn}] is not how {role}s [want|should] spend a shift.",
            "Since the {month} release everything [drags|crawls], [even|also] on [new laptops|the fast line in {place}].",
            "The weekly overview for {place} [times out|gives up] unless it is cut down to {n} days.",
            "It used to be instant; now {team} [makes coffee|switches tasks] while the list [builds|fills].",
            "With {nn} sites [loaded|switched on], typing lags [two or three letters|a full word] behind.",
        ),
        (
            "Is there a [known limit|ceiling] beyond which {item} get [sluggish|slow]?",
            "What can we do on our side so that pages [load|open] [quicker|in under {n} seconds]?",
            "Would [archiving|closing] old {item} [help|make it snappier]?",
            "Could you look at response times for {place} between [eight and ten|lunch and three]?",
        ),
        (
            "Everything [opens|responds] [instantly|in a blink], even with {big} {item}.",
            "The {month} update made it [noticeably|dramatically] [faster|snappier].",
            "Lists that took {mins} seconds are [there|done] before the finger leaves the mouse.",
            "{team} stopped [complaining|joking] about waiting, which says [a lot|it all].",
        ),
    ),
    "reliability_outages": Wording(
        (
            "Down again",
            "Nobody can log work since {time}",
            "[Third|Second] incident in {month}",
            "Error page in {place}",
            "Lost entries",
        ),
        (
            "[The whole thing|Your service] was [unreachable|gone] on {day} from {time} and {nn} people [stood around|went home].",
            "That makes {n} [interruptions|incidents] since {month}, each during [peak hours|our busiest shift].",
            "[Half|Part] of what {team} entered on {day} [was gone|had disappeared] when it came back.",
            "We got a white page with [a server error|code 502] [all morning|for {mins} minutes] and the status page stayed green.",
            "{place} had to go back to [paper|a whiteboard] because nothing [answered|came up].",
            "Our shifts [cannot start|stand still] when your side [falls over|goes dark], and it does so [weekly|too often].",
            "It [crashed|fell over] in the middle of [a handover|an audit], [for the {nth} time|again].",
            "The system [drops|kicks] everybody out without warning and [comes back|recovers] {mins} minutes later as if nothing [was|had happened].",
            "We [cannot|can no longer] trust it to be there at six in the morning when {team} [begins|opens].",
            "After the maintenance window nothing came back until {time}, [unannounced|with no word from anyone].",
            "The uptime you [report|claim] and what {place} lives through are [different worlds|not the same number].",
        ),
        (
            "Please send the [root cause|post-mortem] for [{day}|the {month} incident].",
            "Which [guarantees|commitments] on availability [apply|hold] for {place}?",
            "Is there a [fallback|read-only mode] for when the platform is [unreachable|away]?",
            "How do we get told [early|before our people notice] when something breaks on your end?",
        ),
        (
            "Not a single [interruption|hiccup] since {month}; {team} [relies|builds] on it.",
            "It is [simply always there|rock solid], [even|also] at six in the morning.",
            "The {month} stability work [paid off|shows]: no incident in {n} months.",
        ),
    ),
    "usability_navigation": Wording(
        ("Where did the button go?", "Too many clicks for {item}", "[Confusing|Cluttered] screen", "New layout"),
        (
            "It takes {nn} clicks to [do|finish] what used to be [one|a single] step.",
            "The new [layout|menu] hides [the one thing|exactly what] {role}s need under three dots.",
            "[Nobody|No one] in {team} [can tell|knows] which of the [two|three] grey icons [does what|saves].",
            "We keep [ending up|landing] on the wrong screen because the tabs [look alike|move around].",
            "The form for {item} shows {nn} fields when {role}s [fill|need] {n}.",
            "Labels are [cryptic|written by engineers]: what is a 'context entity' [supposed to be|to a {role}]?",
            "Older colleagues [struggle|squint] with the [tiny|pale] letters and the low contrast.",
            "One wrong tap [discards|throws away] the form, and there is no undo.",
            "Everything [shouts|blinks] for attention on the start page, so people [see|notice] nothing.",
        ),
        (
            "Can the left-hand menu be [rearranged|trimmed] for {role}s?",
            "Is there a [shortcut|quicker path] from {item} back to the overview?",
            "Please bring back the [old|compact] view, [at least|if only] as an option.",
            "A confirmation before [leaving|closing] a half-filled form would [help|prevent tears].",
        ),
        (
            "Our {role}s [found their way|felt at home] without [any training|a manual].",
            "The screens are [clean|uncluttered] and every step is where one expects it.",
            "[Finally|At last] software that a {role} can [use|handle] with gloves on.",
            "The redesign cut {item} from {nn} clicks to {n}.",
        ),
    ),
    "search_findability": Wording(
        ("Cannot find {item} that exist", "No results", "Finding old {item}", "Filters forget"),
        (
            "Typing the exact [number|title] of a [request|work order] [returns|brings up] nothing, or {big} [unrelated|random] hits.",
            "We know it is in there, and still {role}s [scroll|page through] {nn} screens to [locate|get to] it.",
            "A misspelt [street|customer] name means [nothing comes up|zero matches], so people [create|enter] it a second time.",
            "Filters are [forgotten|reset] as soon as one goes back, and the hunt [starts|begins] again.",
            "[Older|Last year's] {item} cannot be [found|traced] unless you remember the date.",
            "The box at the top looks only at titles, never [inside|at the notes of] {item}.",
            "Results are sorted by [some|a] secret logic; what {team} wants is on page {n}.",
            "Looking up what happened at {site} last {month} took {mins} minutes of guesswork.",
        ),
        (
            "Is it possible to look [inside|through] attachments of {item}?",
            "How can a {role} [narrow|filter] the list to [one site|{site}] and keep it that way?",
            "Could the lookup [forgive|tolerate] typing errors?",
            "We would like to save a query [per|for each] {role}.",
        ),
        (
            "Whatever we type, the right {item} [come up|appear] [first|on top].",
            "Digging up [a|any] three-year-old [case|request] takes seconds now.",
            "The saved filters [are|turned out to be] the most loved thing in {team}.",
        ),
    ),
    "reporting_dashboards": Wording(
        ("Numbers do not add up", "Monthly figures for {team}", "[Chart|Graph] question", "Board pack"),
        (
            "The [chart|tile] for {item} says {big}, [adding|counting] them by hand gives {big2}.",
            "For the board pack {team} still [draws|builds] the graphs by hand [every month|each {month}].",
            "We cannot [compare|put] this quarter [with|next to] the last one on a single page.",
            "The overview [mixes|lumps together] closed and open {item}, which makes [every trend|the curve] meaningless.",
            "A breakdown per site and {role} is [impossible|not on offer], only grand totals.",
            "Our director wants one page with {n} KPIs; we get {nn} widgets and no story.",
            "The week in your charts starts on Sunday, ours on Monday, so [no figure|nothing] matches.",
            "[Averages|Means] hide the {nn} worst cases; we need the distribution.",
            "Colours in the trend view change [meaning|order] after each refresh, and {role}s misread them.",
        ),
        (
            "How do we [show|plot] cost per site over the last {nn} weeks?",
            "Can a KPI be [calculated|defined] from two other ones?",
            "Is a scheduled [summary|scorecard] by mail for {role}s [planned|possible]?",
            "We need [target lines|a goal line] in the trend [view|chart] for {item}.",
        ),
        (
            "The [scorecards|overviews] made our {day} meeting {mins} minutes shorter.",
            "[Management|Our director] finally [sees|gets] the state of {item} at a glance.",
            "Building a [new view|KPI page] for {team} took {n} minutes.",
            "One look at the trend and [everybody|all of {team}] knew where to [dig|act].",
        ),
    ),
    "integrations": Wording(
        ("{tool} and Fernhollow", "{tool} stopped syncing", "[Connect|Link] {tool}", "Doubled records from {tool}"),
        (
            "The link to {tool} [breaks|loses its connection] every {n} days and has to be [re-authorised|set up again].",
            "[Changes|Updates] made in {tool} [arrive|turn up] {hrs} hours late, or [never|not at all].",
            "We type the same {item} into {tool} and here, [twice|double work] for {nn} people.",
            "Since {month} the {tool} [add-on|plug-in] [creates|leaves] two copies of [everything|each customer].",
            "The standard {tool} connector [knows|carries over] {n} fields; we [use|need] {nn}.",
            "Two-way sync with {tool} is on the price sheet, but [only one direction works|nothing flows back].",
            "When {tool} [renames|moves] a project, the mapping here [is lost|points to nothing].",
            "Our landscape is built around {tool}, and you are the only [system|island] that does not talk to it.",
        ),
        (
            "Do you [offer|support] a ready-made connection to {tool}?",
            "Which fields does the {tool} [sync|connector] carry over?",
            "Could events from {tool} [open|create] {item} [automatically|by themselves]?",
            "We would [love|like] {item} to show up in {tool} [too|without copying].",
        ),
        (
            "The {tool} hook-up [just works|has been quiet since {month}].",
            "Connecting {tool} took {mins} minutes and [retired|replaced] {n} spreadsheets.",
            "{item} appear in {tool} [the moment|as soon as] they are created; {team} is [delighted|impressed].",
        ),
    ),
    "api_webhooks": Wording(
        ("HTTP 429", "Callbacks missing", "[Endpoint|Schema] change in {month}", "Pagination question"),
        (
            "Our script gets 429 after {nn} calls, [far below|not even close to] the [documented|stated] limit.",
            "Callbacks for {item} [fire|are delivered] twice, and [sometimes|now and then] not at all.",
            "The endpoint [dropped|renamed] a field in {month} without [versioning|a word], and our [job|nightly script] [broke|fell over].",
            "Pagination [skips|loses] records once there are more than {big} of them.",
            "There is no [signature|secret] on the payload, so our gateway [rejects|must refuse] it.",
            "Developers on our side [guess|reverse-engineer] the JSON because the [schema|reference] is [incomplete|wrong for {n} resources].",
            "Creating {item} in bulk needs one POST per record: {big} of them [each night|every day].",
            "[Tokens|Keys] expire [silently|in the middle of a batch] and the answer is a bare 500.",
        ),
        (
            "What is the [rate|request] limit per [key|minute] on our account?",
            "Is there [a sandbox|a test tenant] for our developers?",
            "Could the payload include the [previous|old] value of a [changed|modified] field?",
            "When will v{n} be [switched off|sunset], and what replaces the batch call?",
        ),
        (
            "Our developers [wired up|automated] {item} against the REST interface in {n} [days|afternoons].",
            "Clear [error bodies|status codes] and stable versions: [a joy|exemplary] for our engineers.",
            "The event callbacks [arrive|come] within {n} seconds, [reliably|every time].",
        ),
    ),
    "data_export": Wording(
        (
            "Spreadsheet stops at {big} rows",
            "Getting records out",
            "Raw data for {tool}",
            "CSV with broken columns",
            "Monthly extract",
        ),
        (
            "The file we [pull|download] [stops|is cut off] at {big} rows without [a hint|any warning].",
            "Getting our own records [out of|off] the platform [takes|means] {n} rounds of copy and paste [each month|for {team}].",
            "The spreadsheet [arrives|comes] with [dates as text|shifted columns] and {team} spends {hrs} hours repairing it.",
            "We cannot [take|pull] the comments and attachments [along|out], just [ids|bare numbers].",
            "[Downloading|Extracting] more than {n} months ends in a [timeout|half-written file].",
            "Our analysts want the raw figures in {tool} every night; today somebody clicks a [button|link] and mails a file.",
            "The CSV [leaves out|omits] the custom columns, which are the [only|very] ones {team} needs.",
            "For the audit we must hand over everything about {item}, and there is no way to get it in one piece.",
            "Umlauts and accents turn into [garbage|question marks] as soon as the file is opened in Excel.",
            "A scheduled dump to our bucket was [promised|shown] in {month}; we still do it by hand.",
            "What lands in the file is not what the screen shows: {nn} {item} are [missing|not in it].",
        ),
        (
            "Can {item} be written to [our bucket|an SFTP folder] every night?",
            "How do we get [all|the complete set of] {item} including history as [a table|Parquet or CSV]?",
            "Is there a [row|size] limit on what can be [pulled|taken out] at once?",
            "Please let us choose the columns and the [separator|decimal sign] of the file.",
            "We need an extract of {item} for [the auditors|our data warehouse] by {day}.",
        ),
        (
            "One click and {team} has a [clean|tidy] spreadsheet of all {big} {item}.",
            "The nightly dump to our warehouse has [run|worked] since {month} [without a hitch|untouched].",
            "Auditors asked for {n} years of {item}; we [handed over|had] the complete set within the hour.",
        ),
    ),
    "data_import": Wording(
        ("Upload rejected", "{big} rows to bring in", "Moving from the old system", "Mapping of columns"),
        (
            "Uploading our [list|sheet] of {item} fails at row {big} and does not say [why|which cell].",
            "All {big} {item} from the old system came in [with|under] the wrong [date|owner].",
            "If a single [line|cell] is off, the whole batch is [thrown back|refused].",
            "Mapping {nn} columns by hand [every|each] time, as nothing is remembered, is [tiring|absurd].",
            "The upload [swallowed|ate] leading zeros of our article numbers.",
            "We brought in {big} contacts and ended up with {big2}, many of them [twice|doubled].",
            "Moving our history over was [quoted|planned] at {n} days and is now in week {n2}.",
            "Files above {n} megabytes are [not accepted|turned away], so {team} [slices|chops] them up.",
        ),
        (
            "Which [format|layout] should the sheet have so that {item} are [read|taken in] properly?",
            "Can existing {item} be updated from a file, not just [added|created]?",
            "Is there a dry run before we load {big} [rows|records]?",
            "Could you [help|assist] with moving {n} years of history from {tool}?",
        ),
        (
            "Loading {big} {item} from our old sheets [took|needed] {mins} minutes, no [errors|losses].",
            "The preview before the upload [caught|found] {nn} bad rows for us.",
            "Migrating from {tool} was [painless|smoother than feared].",
        ),
    ),
    "permissions_roles": Wording(
        ("Who can see what?", "{role}s see too much", "Read-only access for auditors", "Wrong rights"),
        (
            "Every {role} can [see|open] the [salary|contract] notes, which [must not|should never] be.",
            "It is all or nothing: either someone [administers|runs] everything or may not even [close|edit] {item}.",
            "Giving {place} its own admin [also hands over|opens] the other {nn} sites.",
            "Contractors [keep|kept] seeing {item} weeks after their job [ended|was over].",
            "A {role} [deleted|wiped] {nn} {item} because nothing distinguishes viewing from changing.",
            "Rights must be [clicked together|set] person by person, {nn} times, [after each|at every] reorganisation.",
            "We cannot say who [approved|changed] what, since everybody [shares|has] the same level.",
            "Restricting one folder [hides|takes away] the parent for [all of {team}|everyone].",
        ),
        (
            "How do we give auditors a view without the [option|power] to change {item}?",
            "Is there a way to limit a {role} to [one|a single] site?",
            "We need a level between viewer and [owner|full admin].",
            "Can access be granted [by group|for a set period] instead of per person?",
        ),
        (
            "The new access levels [fit|match] our {n} layers of management [perfectly|nicely].",
            "Each site sees its own {item} and nothing else, [exactly|just] as our works council wanted.",
            "Handing out rights by group saves {team} {hrs} hours a month.",
        ),
    ),
    "sso_security": Wording(
        ("Login through {idp}", "Security questionnaire", "Locked out after {idp} change", "Pen test findings"),
        (
            "Our IT [will not|refuses to] sign off while people [keep|need] a separate password for this.",
            "After the certificate [was renewed|rotated], {nn} colleagues could not sign in through {idp}.",
            "Leavers stay active here for [days|weeks] because accounts are not [removed|deprovisioned] from {idp}.",
            "The [security|risk] review [stopped|ended] at question {nn}: no [proof|evidence] of encryption keys under our control.",
            "Two-factor by text message does not [meet|satisfy] our policy, we [use|require] hardware keys.",
            "There is no [trail|record] of who signed in from where, and our CISO [insists on|wants] one.",
            "{idp} groups are not passed on, so [identity|access] has to be maintained in two places.",
            "The pen test we commissioned [found|lists] {n} [medium|high] issues that are open since {month}.",
            "Without [SAML|a federated login] and a [data-processing agreement|SOC 2 report] procurement [says no|blocks the contract].",
            "Sessions stay open [overnight|for days] on shared terminals, which our auditors [flagged|marked red].",
        ),
        (
            "Do you support [SCIM|automatic user provisioning] with {idp}?",
            "Where can we [find|obtain] your latest [SOC 2|ISO 27001] [report|certificate]?",
            "Can logins be [forced|limited] to {idp} and to our network ranges?",
            "In which [region|country] is our data [stored|encrypted], and who holds the keys?",
        ),
        (
            "Signing in via {idp} was [set up|working] in {mins} minutes and our IT is [happy|content].",
            "Your security pack [answered|covered] all {nn} questions of our CISO.",
            "Offboarding is [automatic|clean] now: gone in {idp}, gone here.",
        ),
    ),
    "billing_invoicing": Wording(
        ("Invoice for {month}", "Charged twice", "VAT number missing", "Wrong address on the bill"),
        (
            "We were [charged|debited] twice for {month} and the [refund|credit note] is [nowhere|still open].",
            "The invoice [lists|shows] {nn} seats; we [cancelled|returned] {n} of them in {month}.",
            "Our purchase-order number is [missing|not printed], so accounts payable [sends it back|won't pay].",
            "[Reminders|Dunning letters] keep coming for a bill that was [settled|paid] on {day}.",
            "The tax [line|rate] is wrong for {place} and our [accountant|auditor] cannot book it.",
            "Bills go to a colleague who left in {month}, [whatever|no matter what] we change in the profile.",
            "One total without [any breakdown|line items] for {n} cost centres is [unusable|no good to {team}].",
            "The card on file [expired|was replaced] and the page to change it [loops|throws an error].",
        ),
        (
            "Please [resend|send] the {month} invoice with our [VAT|PO] number on it.",
            "Can we [switch|move] from card to bank transfer, [yearly|quarterly]?",
            "Where do we [change|update] the billing address for {place}?",
            "Could charges be split across {n} cost centres?",
        ),
        (
            "The credit note came within [a day|{hrs} hours], no [discussion|fuss].",
            "Invoices are [clear|itemised] and always [on time|correct].",
            "Accounts payable says your bills are the [easiest|cleanest] they get.",
        ),
    ),
    "pricing_value": Wording(
        ("Quote for next year", "{nn} % increase?", "Tier question", "Cost per seat"),
        (
            "A rise of {nn} percent at renewal is [hard|impossible] to [defend|explain] to our board.",
            "We [pay for|carry] {big} seats while {nn} are [active|in use].",
            "The one [function|thing] we need sits in the top tier, which [doubles|triples] the cost.",
            "For what it does for {team}, it is [overpriced|too dear]; a {tool} sheet does [most of|half] it.",
            "Every add-on is [extra|charged separately], and the sum is [more than|twice] the [quote|first offer].",
            "A competitor [offers|quoted] the same scope for {nn} percent less.",
            "Seasonal staff cost us a full year's licence for {n} months of work.",
            "The return we [projected|hoped for] never [showed|materialised], so finance [asks|wonders] why we keep it.",
        ),
        (
            "Is there a [discount|better rate] for a [three-year|multi-year] commitment?",
            "What would {nn} [light|occasional] users cost?",
            "Which tier [includes|contains] {item} with approval steps?",
            "Can seats be [shared|reassigned] between shifts without paying [double|twice]?",
        ),
        (
            "It paid for itself within {n} months.",
            "For the money there is nothing [comparable|better] on the market.",
            "Finance [renewed|approved it] without a [question|blink]: the savings are on paper.",
        ),
    ),
    "support_response": Wording(
        ("No answer since {day}", "Still waiting on #{big}", "Please escalate", "Case closed without a fix"),
        (
            "We [wrote|reported this] on {day} and got nothing but an automatic [receipt|reply].",
            "Our case was closed [without|before] a [fix|word], for the {nth} time.",
            "Each agent asks the same {n} questions and [none|nobody] reads what is [above|in the thread].",
            "The hotline [hangs up|drops us] after {mins} minutes in the queue.",
            "{n} days for a first answer on an urgent matter is not what the contract says.",
            "The person who [knew|understood] our case left and we [tell|explain] the story from the start.",
            "Replies come at two in the morning our time and then it is silent [for a day|until the next night].",
            "We were sent a [canned|copy-paste] text that has nothing to do with what we [asked|described].",
        ),
        (
            "Who is our [named|dedicated] contact now that [ours|the last one] has left?",
            "Could you call [us|the {role} on duty] instead of [writing|mailing]?",
            "What is the status of the case we [raised|opened] on {day}?",
            "Is there a [phone|weekend] line for {place}?",
        ),
        (
            "Your [agent|colleague on the desk] [solved|sorted] it in {mins} minutes, [friendly|patient] throughout.",
            "[Always|Every time] a human, always an answer the same day.",
            "The engineer [stayed|remained] on the call until {team} was [working|happy] again.",
            "Best helpdesk [we deal with|of all our vendors].",
        ),
    ),
    "mobile_app": Wording(
        ("Phone version in {place}", "Camera upload on the road", "Android [tablet|handset]", "Offline in the field"),
        (
            "On the [tablets|handsets] our {role}s carry, the [form|keyboard] covers the save button.",
            "Without [reception|signal] in the basement, entries are [lost|gone] instead of waiting.",
            "Taking a photo of [damage|a meter] [closes|kills] the app on Android.",
            "The battery is [flat|empty] by noon since the last update from the store.",
            "What works at the desk is [missing|not there] on the phone: no {item}, no notes.",
            "Scanning a barcode takes {n} tries in [daylight|the cold store].",
            "Our drivers are [thrown out|logged off] whenever they change from Wi-Fi to mobile data.",
            "iPhones [refuse|stopped] refreshing in the background, so {role}s [drive|go] to the wrong address.",
        ),
        (
            "Will entries made offline be [kept|stored] and [sent|uploaded] later?",
            "Which Android versions are [supported|fine] for rugged handsets?",
            "Can a {role} [sign|capture a signature] with a finger on the [tablet|screen]?",
            "A bigger font on small screens would help the people [in vans|on site].",
        ),
        (
            "Our {role}s do everything from the van on their phones now.",
            "Offline in tunnels, synced at the surface: [brilliant|exactly right].",
            "Snapping a picture and [attaching|filing] it on site takes {n} seconds.",
        ),
    ),
    "notifications": Wording(
        ("{nn} mails a day", "Alert came too late", "Nobody was told", "Reminders to the wrong people"),
        (
            "Everyone gets {nn} mails a day and so reads [none|not one] of them.",
            "The alert about [an overdue job|a blocked {role}] came {hrs} hours after the fact.",
            "We were not told that {item} had been [reassigned|moved], and [nobody|no one] showed up.",
            "Switching off the daily digest [silences|turns off] the urgent pings too.",
            "Reminders go to the [previous|old] owner, long after a handover.",
            "There is no way to [mute|snooze] a thread during the night shift.",
            "The bell shows {nn} and clicking it shows [an empty list|nothing].",
            "Messages land in [junk|quarantine] at {place} because of the [odd|changing] sender address.",
        ),
        (
            "Can {role}s choose [to be pinged|to hear] only about their own {item}?",
            "Is a text message possible when something is [overdue|blocked]?",
            "How do we [bundle|collect] all of these into one mail [per shift|at {time}]?",
            "We want an escalation to the {role} after {hrs} hours without reaction.",
        ),
        (
            "The right person hears about it within a minute, [nobody else|and only that person].",
            "The morning digest [replaced|made superfluous] our {day} call.",
            "Quiet hours were a [blessing|relief] for the night shift.",
        ),
    ),
    "localization": Wording(
        ("Translation errors", "Date format", "Polish interface", "Currency in {place}"),
        (
            "Half of the interface stays in English although our people [set|chose] [Polish|Dutch|Italian].",
            "The [German|French|Spanish] wording is [machine-made|clumsy] and [funny|confusing] at best.",
            "Month and day are swapped for {place}, and jobs were [planned|booked] on the wrong date.",
            "Prices show [dollars|a point] where our people expect [euros|a comma].",
            "Public holidays of {place} are unknown to the calendar.",
            "Names with accents are [mangled|cut off] on the printed sheets.",
            "The clock change in {month} [moved|shifted] every shift in {place} by an hour.",
            "Texts run out of the buttons as soon as one leaves English.",
        ),
        (
            "When will there be a [Polish|Portuguese|Czech] version?",
            "Can the [week start|date order] be set per site?",
            "Could we [correct|override] translated terms ourselves?",
            "Do you plan right-to-left [scripts|layouts] for our [Gulf|Israeli] sites?",
        ),
        (
            "Our crews in {place} use it in their own language, [a first|a real plus].",
            "Local holidays and formats were [right|correct] from day one.",
            "The [Dutch|Italian] translation [reads|sounds] as if a native wrote it.",
        ),
    ),
    "collaboration_sharing": Wording(
        ("Working together on {item}", "Guest link", "Comments lost in handover", "Two people, one form"),
        (
            "When two {role}s [work on|open] the same record, the last one [overwrites|wins over] the other.",
            "We cannot [show|hand] a plan to a [subcontractor|customer] without buying them a seat.",
            "[Remarks|Comments] vanish at handover, so the next shift [asks|guesses] again.",
            "Mentioning a colleague from another site [does nothing|is not possible].",
            "The link we [sent|passed] to {team} opened a blank page for [guests|everyone outside].",
            "Decisions about {item} are made in chat because there is no [place|room] for them next to the plan.",
            "Nobody sees who is [editing|in there], and {nn} minutes of typing were [lost|gone].",
            "Two sites keep separate copies of one plan as there is no common [board|space].",
        ),
        (
            "Is there a way to [share|show] a board with [an outside partner|our subcontractor]?",
            "Could comments be [answered|resolved] like in a document?",
            "How do {n} people plan {item} at once without [stepping on|overwriting] each other?",
            "We would like a common space for {team} and {team2}.",
        ),
        (
            "{team} and {team2} finally [plan|work] on one board instead of [mailing|sending] versions around.",
            "Commenting right on {item} [ended|killed] our endless mail chains.",
            "Our subcontractors see [their|just their own] part of the plan through a guest link: [superb|great].",
        ),
    ),
    "customization_workflows": Wording(
        ("Own field on {item}", "Approval step", "Status names", "Form layout for {team}"),
        (
            "Our process has {n} approval steps, yours [allows|knows] two.",
            "We cannot rename the statuses, so {team} [translates|keeps a cheat sheet].",
            "A mandatory field only for {site} [is not possible|cannot be had].",
            "Adding a [column|field] to {item} needs your [services|consulting] team and {n} weeks.",
            "The rule that should route {item} to {team} [ignores|skips] anything created [by mail|at night].",
            "[Conditions|Branches] can look at one value only; real life has {n}.",
            "After cloning a process, half of the steps [point|refer] to the old one.",
            "We bend our way of working to fit the tool, [not the other way round|and it shows].",
        ),
        (
            "Can a form [show|hide] fields depending on the [type|kind] of job?",
            "How do we build a [two-stage|four-eyes] sign-off for {item}?",
            "Is it possible to have different statuses for {team} and {team2}?",
            "We need our own numbering [scheme|series] for {item}.",
        ),
        (
            "We rebuilt our whole [approval|inspection] process in {n} hours, [without|no] code.",
            "It bends to how {team} works, [not|never] the reverse.",
            "The form builder let a {role} [create|make] what we once paid {big} for.",
        ),
    ),
    "automation_ai": Wording(
        ("Suggested schedule is off", "Auto-assign", "Smart summary", "Robot moved {item}"),
        (
            "The suggested plan sends [the same|one] {role} to two places at [once|{time}].",
            "Auto-assignment gives {nn} jobs to whoever [logs in|appears] first.",
            "The generated summary [invented|made up] a visit that never took place.",
            "We [switched|turned] the smart suggestions off because {role}s [corrected|undid] most of them.",
            "It cannot say why it picked {site}, and our [works council|compliance people] [ask|want to know].",
            "Recurring {item} still have to be [created|copied] by hand every {day}.",
            "The prediction of [delays|no-shows] is [no better than|as good as] tossing a coin.",
            "A rule moved {nn} {item} overnight and nobody [could|was able to] reverse it.",
        ),
        (
            "Can the assistant [learn|take into account] which {role} knows which site?",
            "Is our data used to train [models|anything]?",
            "Could repeating {item} be [scheduled|generated] for a whole quarter?",
            "We would like a proposal for {day}'s plan that a {role} [approves|confirms].",
        ),
        (
            "The proposed schedule is right {nn} percent of the time and saves {hrs} hours a week.",
            "Summaries of long cases are [spot on|shockingly good].",
            "Routine {item} [create|assign] themselves now; {team} deals with the [exceptions|odd ones].",
        ),
    ),
}

OFF_TOPIC_SUBJECTS = (
    "Hello",
    "Question",
    "For your information",
    "Fwd: [visit|parcel|lunch] on {day}",
    "Re: {day}",
    "New address",
    "[Meeting|Visit] in {place}",
)
OFF_TOPIC = (
    "We are moving to [a new building|other offices] in {place} on {day}, please [note|write down] the new postal address.",
    "Thanks for the [mugs|socks|calendars], {team} [fought over|loved] them.",
    "Who [won|took home] the [bicycle|quiz prize] at the {month} [meet-up|fair] in {place}?",
    "Will someone from your side [be|speak] at the [conference|trade fair] in {place} this {month}?",
    "This [went|was sent] to the wrong company: we ordered {nn} garden chairs.",
    "Happy [new year|holidays] to [all of you|the whole crew] from {place}!",
    "I am on leave until {day}; [in urgent cases|meanwhile] turn to the front desk in {place}.",
    "A student of ours writes a thesis about [family firms|shift work] and looks for {nn} people to interview.",
    "Do you have an opening for an [intern|apprentice] in {place}?",
    "Could we borrow your logo for the [poster|slides] of our {month} [anniversary|summer party]?",
    "The [parking|catering] at your {place} event was [fine|a bit tight], the talks were good.",
    "{team} changed [its|their] name after the merger, nothing else is different for now.",
    "[Testing|Just testing], please ignore number {big}.",
    "Nothing [to add|special] from {place} this {month}.",
    "I have been here for {n} days and cannot judge yet.",
    "Ask me again in {month}, we are in the middle of [stocktaking|a merger].",
    "Our [contact|manager] for this retires in {month}; the successor will [introduce|present] themselves.",
    "The [journalist|photographer] who visits on {day} needs {n} quotes from partners.",
    "We answer every survey with a {n}, it is a house rule in {place}.",
    "Lunch on {day} at one, the place next to the [station|harbour] in {place}?",
    "Weather in {place} is [awful|lovely], hence the short note.",
    "Our {role} ran the {place} marathon in under {n} hours, in case anyone asks.",
    "[Please|Kindly] forward the enclosed flyer of the {place} charity run to your colleagues.",
    "A parcel for you [arrived|was left] at our reception in {place}, [no sender|{nn} kilos].",
)

CONTEXT = (
    "We run {nn} sites around {place}.",
    "This concerns {team} in {place}, {nn} people [in all|in total].",
    "[Some background|For context]: {big} {item} a month, {n} shifts.",
    "Our {role}s [handle|look after] {item} for {n} regions.",
    "[Writing|Speaking] on behalf of {team}, {place}.",
    "We have [worked with|used] Fernhollow since {month}, mostly for {item}.",
    "Between us and {team2} there are {nn} [people|users].",
    "[Busy|High] season starts in {month} for us.",
)
DETAIL = (
    "[First seen|Noticed] on {day} around {time}.",
    "Same in {browser} and in {browser2}.",
    "{nn} people [are affected|see it], mostly in {place}.",
    "It [concerns|touches] {site} and {n} others.",
    "Colleagues in {place} [confirm|report the same].",
    "Our reference is {ref}.",
    "We [tried|checked] it {n} times between {time} and {time2}.",
    "[Sadly|Oddly], {site2} [does not have|never had] this.",
    "It came up in the {day} meeting, and again on {day2}.",
)
HARM = (
    "{team} lost {hrs} hours over it [on {day}|last week].",
    "My director has started asking [why|questions].",
    "It cost us [most of|half of] {day}.",
    "{nn} customers in {place} [noticed|waited].",
    "[Frankly|To be honest], {role}s are [losing patience|fed up].",
    "[People|Colleagues] in {place} have gone back to their own [lists|notebooks].",
    "We had to [apologise|explain ourselves] to {n} customers.",
    "That is {hrs} hours a week for {team} alone.",
    "{team} pays overtime for this, {nn} hours in {month}.",
    "With {nn} [people|staff] this adds up [quickly|fast].",
    "[Two|Three] {role}s already asked whether there is something else on the market.",
    "If it stays like this, the {month} review will be [short|unpleasant].",
)
GAIN = (
    "It saves {team} about {hrs} hours a week.",
    "[Even|Also] the sceptics in {place} came round.",
    "We told {n} [other firms|partners] about it.",
    "{role}s say the days got calmer.",
    "Wish we had [had it|done this] {n} years ago.",
    "[Big thanks|Hats off] from {place}!",
    "Our director mentioned it in the {month} town hall.",
    "{team2} now wants [the same|it too].",
)
TURNS = (
    "On [another|a different] note:",
    "Separately:",
    "[And one more|One other] thing:",
    "Next to that:",
    "While [writing|at it]:",
    "Other topic.",
)
BUT_TURNS = ("That said:", "On the other hand:", "Then again:", "[However|Still]:")
CLOSINGS = {
    "plain": ("Thanks", "Best", "Thank you", "Regards from {place}", ""),
    "terse": ("", "", "thx", "asap pls", "-"),
    "angry": ("We expect an answer [today|by {day}].", "This is not acceptable.", "[Call me.|Waiting.]", "Escalate this."),
    "non_native": (
        "Thank you in advance for your kindly help.",
        "Waiting your answer.",
        "Please to advise.",
        "Many greetings from {place}",
    ),
    "chatty": ("Cheers! 🙌", "Thanks a bunch 🙏", "You folks rock anyway 💚", "Have a great {day}! ☀️"),
    "formal": ("Kind regards", "Yours sincerely", "With best regards from {place}"),
}
OPENINGS = {
    "plain": ("Hello,", "Hi,", "Good [morning|afternoon],", "Hi team,", ""),
    "terse": ("", "", "", "hi"),
    "angry": (
        "This is the {nth} time I write about this.",
        "Seriously?",
        "I am [done|running out of words].",
        "Enough.",
        "Let me be blunt.",
    ),
    "non_native": ("Hello, sorry for my english.", "Dear friends,", "Good day to you,", "Hello dear team, I have one matter."),
    "chatty": ("Hey folks! 👋", "Hiya,", "Hello from sunny {place} 🌞", "Hey you lovely people,", "Me again 😅"),
    "formal": ("Dear Support Team,", "Dear Sir or Madam,", "Dear Fernhollow team,", "To whom it may concern,"),
}
ASIDES = {
    "plain": ("",),
    "terse": ("",),
    "angry": (
        "Unbelievable.",
        "How is this [possible|normal]?",
        "We pay {big} a [quarter|year] for this!",
        "Not once, {n} times!",
    ),
    "non_native": (
        "Is very important for our company.",
        "Since {n} days we are having this.",
        "Maybe I do something wrong?",
        "My boss ask me every day.",
    ),
    "chatty": ("tbh", "no drama though 😄", "(ask anyone in {place})", "fwiw I still like the [thing|product] 🙂", "ngl 😬"),
    "formal": (
        "We would appreciate [a written|your] statement [by {day}|in due course].",
        "Please treat this as [confidential|a formal notice].",
        "We refer to our [call|letter] of {day}.",
    ),
}
VAGUE_SUBJECTS = (
    "Question",
    "[Urgent|URGENT]",
    "Help needed in {place}",
    "Problem since {day}",
    "Feedback from {team}",
    "Re: our call on {day}",
    "{site}",
)
NOTE_HEADS = (
    "[Call|Phone call] with {name}, {role} at {company}.",
    "QBR at {company}, {nn} minutes, {name} and {n} others.",
    "Met {name} ({role}) in {place}.",
    "{name} rang [back|after the demo].",
    "Renewal check-in, {company}: {name} [present|on the line].",
    "Discovery with {team}, led by {name}.",
    "Demo follow-up. {name} took notes for {team}.",
    "Site visit {place}.",
)
NOTE_FEET = (
    "Next step: [send|prepare] [summary|offer] by {day}.",
    "Follow up on {day}.",
    "To do: loop in [product|support|the CSM].",
    "Mood: [guarded|open|tense|friendly]. {n}/10.",
    "Next call {day} {time}.",
    "They decide in {month}.",
    "No next step agreed.",
    "",
)
NOTE_SUBJECTS = (
    "Call: {company}",
    "Meeting notes {day}",
    "QBR {company}",
    "Follow-up {name}",
    "Demo {team}",
    "Check-in {month}",
    "Email: {company}",
)
INTERVIEW_HEADS = (
    "Interview with {name}, {role} at {company}, {mins} minutes.",
    "Talked with {name} ({role}), {nn} people in {team}.",
    "Session {n} of the {month} round: {name}, {company}.",
    "Watched {name} work for {mins} minutes, then asked.",
    "Visit to {team} at {company}; {name} showed us round.",
    "{name}, {role}, by video from {place}.",
)
INTERVIEW_FEET = (
    "Would join another session in {month}.",
    "Recording kept until {month}.",
    "Ask {team2} the same questions.",
    "Compare with the session of {day}.",
)
INTERVIEW_TITLES = (
    "Interview {company}",
    "Session notes {day}",
    "How {team} works",
    "{month} round, {role}",
    "Visit {place}",
)
# What only interviewers hear of: no theme of the taxonomy covers it.
UNMET_NEED = (
    "Nobody here can see how many spare bearings [are left|remain] on the shelf until a mechanic walks over.",
    "Spare [seals|filters|belts] run out and the reorder goes on a sticky note to the storekeeper.",
    "The storekeeper counts spares [every {day}|at month end] with a clipboard; stock and reality differ by {nn}.",
    "A mechanic reserves the last spare pump and {n} others drive out for nothing: stock is not shown anywhere.",
    "We reorder spares when the bin looks empty, [so|and so] {n} of them are always out of stock.",
    "Minimum stock of each spare lives in the storekeeper's head, and he [retires|is off] in {month}.",
    "There is a second stockroom in {site}; spares there are [unknown to|never found by] the mechanics.",
    "Whoever takes a spare from the bin should have it deducted from stock, now {nn} go missing a month.",
    "Suppliers of spares need {nn} days, so without a reorder point the stockroom is [bare|empty] when it counts.",
    "Half of the stockroom is spares for machines that we no longer have, [nobody can tell which|they stay on the shelf].",
)
PERSONAL_LINES = {
    "phone": ("You [can reach|may call] me on {value}.", "My direct line is {value}.", "Ring {value} before {time}."),
    "email": ("Please copy {value} on the reply.", "[Write|Send it] to {value}.", "My colleague's address is {value}."),
    "card": ("The card we used was {value}.", "Charged to {value}, in case that helps."),
    "iban": ("Our account is {value}.", "Refund to {value}, please."),
    "ip": ("Our gateway is {value}.", "Requests come from {value}."),
}
SHORT = {
    -1: ("Not happy.", "Getting worse.", "Sorry, but no.", "Disappointing.", "Hmm 😕", "Used to be better."),
    0: ("It does the job.", "OK so far.", "Some good, some bad.", "Average.", "Mixed feelings."),
    1: ("Love it ❤️", "Great product!", "Very pleased.", "Keep going 👍", "Would miss it.", "Top!"),
}
