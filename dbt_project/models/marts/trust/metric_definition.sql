{#- One line of text may be written over several; blanks are folded below. -#}
{#- Who answers for the definitions, by the schema that shows them first; all others are product operations'. -#}
{%- set owners = {'hiring': 'product_leadership'} -%}
{%- set definitions = [
    {
        'metric': 'nps',
        'grain': 'month and segment; week, theme, segment and channel',
        'minimum_n': voc_limit('nps_minimum_n'),
        'formula': '100 * (promoters - detractors) / n; promoters answer 9-10, passives 7-8, detractors 0-6.',
        'reference': 'Reichheld 2003, The One Number You Need to Grow, Harvard Business Review.',
        'is_ours': false,
        'limits': 'Not published with fewer than ' ~ voc_limit('nps_minimum_n') ~ ' answers or respondents. Segments are those
            of today.',
        'shown_in': 'voc.nps_monthly, voc.theme_weekly',
    },
    {
        'metric': 'nps_interval',
        'grain': 'month and segment',
        'minimum_n': voc_limit('nps_minimum_n'),
        'formula': 'Adjusted Wald, 95 %: n+3 answers, p = (P + 3/4)/(n+3), d = (D + 3/4)/(n+3), 100 * ((p - d) -+ 1.96 * sqrt((p
            + d - (p - d)^2)/(n+3))), clipped to -100..100. Where an account answers more than once: bootstrap of whole
            accounts (4000 draws, fixed seed), expanded percentiles for few accounts, never narrower than adjusted Wald.',
        'reference': 'Rocks 2016, The American Statistician; Hesterberg 2015, The American Statistician 69:371.',
        'is_ours': false,
        'limits': 'Covers at least 93 % in simulations from 10 accounts on (benchmarks/nps_coverage.py). Says nothing of
            customers who do not answer.',
        'shown_in': 'voc.nps_monthly',
    },
    {
        'metric': 'nps_change',
        'grain': 'month and segment',
        'minimum_n': voc_limit('nps_minimum_n'),
        'formula': 'NPS less that of the month before; significant where the 95 % interval of the difference leaves out 0. The
            interval adds both adjusted Wald variances; where accounts answer in both months or twice in one, whole
            accounts are resampled over both months together.',
        'reference': 'Rocks 2016; Hesterberg 2015.',
        'is_ours': false,
        'limits': 'One test per month and segment, not adjusted for looking at many: of 20 quiet months one will look
            significant.',
        'shown_in': 'voc.nps_monthly',
    },
    {
        'metric': 'nps_of_mentioners',
        'grain': 'week, theme, segment and channel',
        'minimum_n': voc_limit('nps_minimum_n'),
        'formula': 'NPS of the answers whose comment mentions the theme; adjusted Wald with n replaced by n^2 / sum(n_i^2) over
            accounts.',
        'reference': 'Rocks 2016; Kish 1965, Survey Sampling, for the effective sample size.',
        'is_ours': false,
        'limits': 'Only answers with a comment. An account that answers twice counts as fully agreeing with itself, so the
            interval errs on the wide side. Association, not cause.',
        'shown_in': 'voc.theme_weekly',
    },
    {
        'metric': 'theme_share',
        'grain': 'week, theme, segment and channel',
        'minimum_n': voc_limit('share_minimum_n'),
        'formula': 'Items that mention the theme / all items of the week, segment and channel. Wilson score interval, 95 %, with
            n divided by the design effect of the linearised ratio over respondents (at least 1, at most that of full
            agreement within each account).',
        'reference': 'Wilson 1927, JASA 22:209; Korn & Graubard 1998, Survey Methodology 24:193.',
        'is_ours': false,
        'limits': 'The share as the assignment sees it: its errors are not in the interval. Not published with fewer than ' ~
            voc_limit('share_minimum_n') ~ ' items.',
        'shown_in': 'voc.theme_weekly',
    },
    {
        'metric': 'detractor_share',
        'grain': 'week, theme, segment and channel',
        'minimum_n': voc_limit('share_minimum_n'),
        'formula': 'Answers of 0-6 / all answers whose comment mentions the theme; Wilson score interval with repeated answers
            of an account counted as one.',
        'reference': 'Wilson 1927; Kish 1965.',
        'is_ours': false,
        'limits': 'Only answers with a comment.',
        'shown_in': 'voc.theme_weekly',
    },
    {
        'metric': 'sentiment_mean',
        'grain': 'week, theme, segment and channel',
        'minimum_n': voc_limit('share_minimum_n'),
        'formula': 'Mean sentiment (-1..1) of the mentions; Student t interval of the linearised mean over respondents.',
        'reference': 'Cochran 1977, Sampling Techniques, chapter 9.',
        'is_ours': false,
        'limits': 'As good as the sentiment model; comparable within one model version only. t quantile by expansion, within 2
            % from 5 respondents on.',
        'shown_in': 'voc.theme_weekly',
    },
    {
        'metric': 'arr_exposed',
        'grain': 'theme of the trailing window; week, theme, segment and channel',
        'minimum_n': none,
        'formula': 'ARR of the accounts that mention the theme, each account once. Low: accounts whose weakest link is at least
            ' ~ voc_limit('link_certain') ~ ' certain; central: at least ' ~ voc_limit('link_likely') ~ '; high: all.',
        'reference': none,
        'is_ours': true,
        'limits': 'Exposed, not at risk. Accounts overlap between themes: never sum over themes. Accounts without a known ARR
            add nothing.',
        'shown_in': 'voc.theme_weekly, voc.theme_summary',
    },
    {
        'metric': 'expected_mentions',
        'grain': 'week, theme, segment and channel',
        'minimum_n': 8,
        'formula': 'Sum over channels of (share of feedback with the theme over the 26 weeks that end 8 weeks earlier) *
            (feedback of this week).',
        'reference': none,
        'is_ours': true,
        'limits': 'Needs 8 earlier weeks with feedback. Knows no seasons. A change that lasts becomes the new normal after 34
            weeks.',
        'shown_in': 'voc.theme_weekly',
    },
    {
        'metric': 'anomaly_q',
        'grain': 'week, theme and segment',
        'minimum_n': 8,
        'formula': 'P(at least so many mentions) of a negative binomial with the expected mean and with variance mean + a *
            mean^2 + uncertainty of the mean, a being the larger of the cell\'s own and the pooled moment estimate over
            the baseline; adjusted by Benjamini-Hochberg over all theme x segment cells of the week.',
        'reference': 'Benjamini & Hochberg 1995, JRSS B 57:289; Noufal et al. 2013, Statistics in Medicine 32:1206, for negative
            binomial alerts against trailing weeks.',
        'is_ours': false,
        'limits': 'At most 5 % of quiet weeks alert (benchmarks/anomaly.py). Below about 4 expected mentions a week a doubling
            is mostly seen in the trend first.',
        'shown_in': 'voc.theme_weekly',
    },
    {
        'metric': 'trend',
        'grain': 'week, theme, segment and channel',
        'minimum_n': 8,
        'formula': 'Mentions of the last 8 weeks against what the 26 weeks before them lead to, by the same negative binomial,
            two-sided, Benjamini-Hochberg over the cells of the week: rising or falling below 0.05, new where never
            heard before, else stable.',
        'reference': 'Benjamini & Hochberg 1995.',
        'is_ours': true,
        'limits': 'insufficient_data with fewer than 8 earlier weeks or fewer than 2 expected mentions. Stable means no change
            was shown, not that there is none.',
        'shown_in': 'voc.theme_weekly, voc.theme_summary',
    },
    {
        'metric': 'theme_evidence',
        'grain': 'theme and stance',
        'minimum_n': none,
        'formula': 'Facility location over words and word pairs: each next quote stands for most of what the chosen ones do
            not stand for yet, is confident, readable and unlike them, from channels and segments not yet heard; one per
            respondent, stance and wording. Counter: sentiment of at least 0.3 on the other side of the theme\'s mean.',
        'reference': 'Lin & Bilmes 2011, ACL 510.',
        'is_ours': true,
        'limits': 'Typical of wording, not a vote. As good as the sentiment model in telling sides.',
        'shown_in': 'voc.theme_evidence',
    },
    {
        'metric': 'nps_driver_importance',
        'grain': 'theme',
        'minimum_n': 100,
        'formula': 'LMG: average gain in R^2 of the theme over the orders in which theme mentions enter a linear model of the
            answer (100, 0, -100); sums to R^2. 95 % interval: whole accounts resampled, centred on the estimate. A driver is
            shown where the interval lies above 0 and the cluster-robust effect has q < ' ~ voc_limit('driver_q') ~ ' over all themes.',
        'reference': 'Lindeman, Merenda & Gold 1980; Lipovetsky & Conklin 2001, Applied Stochastic Models in Business and
            Industry 17:319.',
        'is_ours': false,
        'limits': 'Association, not cause. Answers with a comment only. Not published with fewer than 10 mentions by 5 accounts,
            or 100 commented answers of 30 accounts. Of 600 simulated
            companies without drivers 3 % show one (benchmarks/nps_drivers.py).',
        'shown_in': 'voc.nps_driver',
    },
    {
        'metric': 'leave_one_out_impact',
        'grain': 'theme',
        'minimum_n': 10,
        'formula': 'NPS of all answers less NPS of the answers that do not mention the theme; 95 % interval by resampled accounts.',
        'reference': none,
        'is_ours': true,
        'limits': 'Grows with how often a theme is mentioned as well as with how its mentioners answer. Association, not cause.',
        'shown_in': 'voc.nps_driver, voc.theme_summary',
    },
    {
        'metric': 'severity_rank',
        'grain': 'theme',
        'minimum_n': none,
        'formula': 'Order by exposed ARR times the share of mentions with a sentiment of -0.05 or lower.',
        'reference': none,
        'is_ours': true,
        'limits': 'An order to read in, not a measure.',
        'shown_in': 'voc.theme_summary',
    },
    {
        'metric': 'heard_vs_building',
        'grain': 'theme and roadmap item',
        'minimum_n': none,
        'formula': 'Themes heard in the trailing window against roadmap items and decisions, in both directions. A link is what
            theme_links.csv says, else a recorded decision, else the theme that title and description of an item are surely
            about.',
        'reference': none,
        'is_ours': true,
        'limits': 'As complete as what is recorded: likeness of words is used only where it is sure, and misses most links. A theme
            counts as heard from its first mention on record: days to a decision on one as old as the records are days since
            those begin.',
        'shown_in': 'voc.heard_vs_building, voc.loop_closure',
    },
    {
        'metric': 'loop_closure_rate',
        'grain': 'any set of accounts, themes and shipped items',
        'minimum_n': none,
        'formula': 'Accounts that were told of what shipped for a theme they had raised / those and the ones that are still to be told.',
        'reference': none,
        'is_ours': true,
        'limits': 'A full count, so no interval. As complete as the sheet of who was told. Churned accounts are left out.',
        'shown_in': 'voc.loop_closure',
    },
    {
        'metric': 'emerging_theme',
        'grain': 'group',
        'minimum_n': none,
        'formula': 'Communities of a graph of alike texts among those that no theme covers. growth = items of the last four weeks
            / items of the four before - 1. new: first heard in the last four weeks; adopted: made a theme.',
        'reference': none,
        'is_ours': true,
        'limits': 'Groups depend on the encoder and come without an interval: leads to read, not measurements. A text belongs to
            one group at most; groups overlap in accounts.',
        'shown_in': 'voc.emerging_theme',
    },
    {
        'metric': 'team_readiness',
        'grain': 'launch and team',
        'minimum_n': none,
        'formula': 'Least of knowledge (course finished), ability (check passed) and assets (in-product education, documentation,
            new value, role change, preparing customers), each 1 + 4 * share of the team, or of the five things, by the launch.
            Null where one is unknown. Interval: Wilson ends of the shares. 3 and below is the barrier.',
        'reference': 'Hiatt 2006, ADKAR, for the ladder and its barrier point; taking the minimum is ours.',
        'is_ours': true,
        'limits': 'Says what is on record, not what people can do. Courses and checks that nobody links to a launch count for
            none. Teams below min_group_size are withheld and are in no total.',
        'shown_in': 'alignment.launch_team_readiness, alignment.launch_readiness',
    },
    {
        'metric': 'launch_verdict',
        'grain': 'launch',
        'minimum_n': none,
        'formula': 'not_aware: awareness of the published teams, weighted by people, at or below 3; ready: every published team
            above 3 and every part of the definition of done done; else aware_not_ready. insufficient_data where nothing is on
            record. Interval of the awareness: Wilson over the people of the published teams; of the readiness: the least of the
            teams\' lower, and of their upper, ends.',
        'reference': 'Hiatt 2006, ADKAR, for awareness apart from knowledge and ability.',
        'is_ours': true,
        'limits': 'As of the launch. In-product education, documentation and internal readiness are parts of every definition of
            done. The readiness behind it foretells failures of simulated launches never seen with a Brier score of .224, against
            .250 of the base rate and .249 of awareness alone, if failure follows the weakest part, and no better than they where
            failures are luck (benchmarks/readiness_backtest.py).',
        'shown_in': 'alignment.launch_readiness',
    },
    {
        'metric': 'launch_failure_mode',
        'grain': 'launch',
        'minimum_n': none,
        'formula': 'After 30 days. awareness: at least half of ' ~ launch_limit('launch_minimum_questions') ~ ' or more questions
            are of the what-is-it kind. readiness: at least half are of the how-does-it-work kind; or tickets of the area are ' ~
            launch_limit('launch_ticket_ratio') ~ ' times those of the 180 days before and more than chance explains (Wilson
            bound), or adoption is surely below ' ~ launch_limit('launch_adoption_floor') ~ ', although the teams were aware. none:
            two of the three could be judged and show nothing.',
        'reference': 'Wilson 1927 for the bounds.',
        'is_ours': true,
        'limits': 'Tickets are those of the product area, whatever they are about. Silence is no sign of readiness: with fewer
            questions their kind is not judged.',
        'shown_in': 'alignment.launch_readiness',
    },
    {
        'metric': 'tickets_30d_per_100_accounts',
        'grain': 'launch',
        'minimum_n': none,
        'formula': '100 * tickets of the launch\'s product area in its first 30 days / customers then; the baseline: the same of the
            180 days before, per 30 days. Interval: Poisson, 95 %, by cube roots.',
        'reference': 'Wilson & Hilferty 1931, PNAS 17:684; Breslow & Day 1987, for the interval; the measure is ours.',
        'is_ours': true,
        'limits': 'Tickets come in bunches, so the interval is a little narrow. Customers are counted, not estimated.',
        'shown_in': 'alignment.launch_readiness',
    },
    {
        'metric': 'questions_per_head',
        'grain': 'week and team',
        'minimum_n': none,
        'formula': 'Questions of the week / people who could have asked (health_weekly), or questions answered first by product
            managers / product managers (pm_load_weekly). Interval: Poisson, 95 %, by cube roots.',
        'reference': 'Wilson & Hilferty 1931, PNAS 17:684; Breslow & Day 1987, for the interval; the measure is ours.',
        'is_ours': true,
        'limits': 'Only what is asked where it may be read. Questions come in bunches, so the interval is a little narrow.',
        'shown_in': 'alignment.health_weekly, hiring.pm_load_weekly',
    },
    {
        'metric': 'adoption_30d',
        'grain': 'launch',
        'minimum_n': none,
        'formula': 'Accounts that used the launch\'s feature within 30 days / accounts that used anything then. Wilson score
            interval, 95 %.',
        'reference': 'Wilson 1927.',
        'is_ours': false,
        'limits': 'Only for launches with a feature of their own in the product analytics.',
        'shown_in': 'alignment.launch_readiness',
    },
    {
        'metric': 'digest_kind',
        'grain': 'launch and role',
        'minimum_n': none,
        'formula': 'readiness_guide where new value, role change and preparing customers are all said for the team, else
            status_update with the missing parts named.',
        'reference': none,
        'is_ours': true,
        'limits': 'Says that something is written, not that it is good.',
        'shown_in': 'alignment.readiness_digest',
    },
    {
        'metric': 'question_quality',
        'grain': 'question',
        'minimum_n': none,
        'formula': 'Score of the main ask: awareness 0 (what it is, whether and when it ships), mechanics 0.5 (how it works),
            readiness 1 (how to get customers ready); what is no question is left out.',
        'reference': none,
        'is_ours': true,
        'limits': 'As good as the question model; its calibrated confidence stands beside each label.',
        'shown_in': 'alignment.inbound_question',
    },
    {
        'metric': 'alignment_health_index',
        'grain': 'week and team',
        'minimum_n': 5,
        'formula': '100 * mean score of the judged questions of a week and team. 95 % interval: Wilson around the plain mean and
            the mean expected by the labels\' confidence c (c * score + (1 - c) * mean of the two others), whichever reaches
            farther. n is divided by the design effect of the linearised mean over askers, and lowered by the variance that
            uncertain labels add.',
        'reference': 'Wilson 1927; Korn & Graubard 1998, for the design effect. The index is ours.',
        'is_ours': true,
        'limits': 'Read beside questions_per_head: silence is not alignment. Not published with fewer than ' ~
            alignment_limit('question_minimum_n') ~ ' judged questions. Only what is asked where it may be read. Holds the true
            index in 94 to 100 of 100 weeks drawn from messages that the model never saw, where an interval without its errors
            holds it in 90 to 100 (benchmarks/question_weeks.py); least where seven in ten ask for readiness.',
        'shown_in': 'alignment.health_weekly',
    },
    {
        'metric': 'alignment_health_trend',
        'grain': 'week and team',
        'minimum_n': none,
        'formula': 'Mean score of the last ' ~ alignment_limit('question_trend_weeks') ~ ' weeks less that of as many before;
            rising or falling where it exceeds 2.576 standard errors, made of the spread of the scores and of askers who repeat
            themselves. trend_change_low and _high are its 95 % interval.',
        'reference': none,
        'is_ours': true,
        'limits': 'One test per week and team. Stable means no change was shown, not that there is none. Errors of the model
            that lean one way in both stretches cancel out.',
        'shown_in': 'alignment.health_weekly',
    },
    {
        'metric': 'misrouted_share',
        'grain': 'month and role',
        'minimum_n': 5,
        'formula': 'Questions asked of, or answered first by, another role than the expected owner / questions of that owner
            whose addressee or answerer is known. Wilson interval, widened for uncertain owners like the health index: where
            the owner is judged wrong, what reached that owner went astray, and a quarter of the rest went right.',
        'reference': 'Wilson 1927. The share is ours.',
        'is_ours': true,
        'limits': 'Addressees are told by the names of channels and forms. Roles of too few people are withheld.',
        'shown_in': 'alignment.role_boundary',
    },
    {
        'metric': 'first_answer_minutes',
        'grain': 'question',
        'minimum_n': none,
        'formula': 'Minutes from a question to the first later message of its thread by somebody else, of three words or with a
            link, that asks nothing itself or is by somebody whose part it is to answer.',
        'reference': none,
        'is_ours': true,
        'limits': 'Counts nights and weekends. Answers outside the thread are not seen.',
        'shown_in': 'alignment.inbound_question',
    },
    {
        'metric': 'heard_arr_with_decision_share',
        'grain': 'month',
        'minimum_n': none,
        'formula': 'ARR of the accounts that raised a theme in the month, each once and spread evenly over its themes; the part
            on themes with a decision by the end of the month / all of it. Wilson interval, accounts weighted by ARR: effective n =
            (sum arr)^2 / sum arr^2.',
        'reference': none,
        'is_ours': true,
        'limits': 'Only as complete as the recorded decisions. Accounts without a known ARR add nothing.',
        'shown_in': 'alignment.transparency_monthly',
    },
    {
        'metric': 'effort_with_evidence_share',
        'grain': 'month',
        'minimum_n': none,
        'formula': 'Effort of the items planned or built in the month that a decision to build ties to a heard theme / effort of
            all of them. Wilson interval, items weighted by effort in the same way.',
        'reference': none,
        'is_ours': true,
        'limits': 'Efforts of different systems are added as they stand.',
        'shown_in': 'alignment.transparency_monthly',
    },
    {
        'metric': 'pulse',
        'grain': 'month',
        'minimum_n': 3,
        'formula': 'Mean of the scores 1-5 that revenue teams, or product, gave in the pulse surveys of the month. Interval:
            Wilson of (mean - 1) / 4 with the people who answered, scaled back; wider than need be, since scores between the ends
            scatter less, and made so that the spread of a few answers gives nobody away.',
        'reference': none,
        'is_ours': true,
        'limits': 'Withheld with fewer than ' ~ var('min_group_size') ~ ' answers by people. Compares months with the same
            questions only.',
        'shown_in': 'alignment.transparency_monthly',
    },
    {
        'metric': 'freshness',
        'grain': 'source and stream',
        'minimum_n': none,
        'formula': 'Newest event of the stream against as_of: fresh within expected_every days, late within twice that, else
            stale.',
        'reference': none,
        'is_ours': true,
        'limits': 'A stream whose records rarely change looks stale although it is delivered; last_loaded_at tells.',
        'shown_in': 'trust.freshness',
    },
    {
        'metric': 'pm_time_by_counterpart',
        'grain': 'week and team',
        'minimum_n': none,
        'formula': 'Hours of meetings per product manager whose calendar is read. customers: somebody of an account\'s domain takes
            part. stakeholders: colleagues outside product and engineering invite or are at least half of the known colleagues.
            team: the other known colleagues. unclassified: strangers, and colleagues whom the roster does not know.',
        'reference': none,
        'is_ours': true,
        'limits': 'A full count of what stands in calendars, so no interval: one made of how few people\'s hours differ would tell
            each of theirs. A meeting counts in full for everyone who did not decline. Beside it stand published
            figures of other samples, which decide nothing.',
        'shown_in': 'hiring.pm_load_weekly',
    },
    {
        'metric': 'stakeholder_load',
        'grain': 'signal as of a day',
        'minimum_n': none,
        'formula': 'sum(s) / sum(s + c) over 13 weeks; s = hours with stakeholders + questions fielded * question_minutes / 60,
            c = hours with customers, both per product manager. Interval: linearised ratio over weeks, Student t.',
        'reference': none,
        'is_ours': true,
        'limits': 'Silent with fewer than min_weeks weeks, or where more than half of the hours is unclassified. Weeks resemble their
            neighbours, so the interval is a little narrow.',
        'shown_in': 'hiring.signal',
    },
    {
        'metric': 'launch_readiness_failures',
        'grain': 'signal as of a day',
        'minimum_n': none,
        'formula': 'Launches whose failure mode is readiness / launches judged, 365 days. Wilson score interval, 95 %.',
        'reference': 'Wilson 1927, JASA 22:209, for the interval; the measure is ours.',
        'is_ours': true,
        'limits': 'Silent with fewer than min_launches judged launches; with few launches only a clear majority fires.',
        'shown_in': 'hiring.signal',
    },
    {
        'metric': 'transparency_not_scaling',
        'grain': 'signal as of a day',
        'minimum_n': none,
        'formula': 'Fall over up to 12 months of the least-squares line through the share of heard revenue with a decision, or through
            the revenue teams\' pulse, whichever is steeper, / its level at the beginning. Fires only while headcount grew.',
        'reference': none,
        'is_ours': true,
        'limits': 'Silent with fewer than min_months months. Says that transparency falls while the company grows, not because of it.',
        'shown_in': 'hiring.signal',
    },
    {
        'metric': 'coordination_overhead',
        'grain': 'signal as of a day',
        'minimum_n': none,
        'formula': 'exp(26 * b) - 1; b = slope over 26 weeks of ln(hours in meetings of several own teams + questions fielded *
            question_minutes / 60) per product manager. Fires only while headcount or active accounts grew by the threshold growth.',
        'reference': 'Brooks 1975, n(n - 1)/2 paths, as a ceiling beside it; the measure is ours.',
        'is_ours': true,
        'limits': 'Silent with fewer than twice min_weeks weeks. Holidays at an end of the half year tilt the line.',
        'shown_in': 'hiring.signal',
    },
    {
        'metric': 'small_early_team',
        'grain': 'signal as of a day',
        'minimum_n': none,
        'formula': 'Product managers of the last whole week; fires at or below small_team_pms while headcount is below
            early_stage_headcount.',
        'reference': none,
        'is_ours': true,
        'limits': 'Counts by roster titles. No ratio of product managers to product operations is generally accepted.',
        'shown_in': 'hiring.signal',
    },
    {
        'metric': 'hiring_recommendation',
        'grain': 'recommendation as of a day',
        'minimum_n': none,
        'formula': 'system_only while the counter-signal fires, while fewer than min_firing_signals signals fire, or while the system
            does not stand (min_standing_systems systems beyond standing up, a loop with customers among them); else first_hire,
            leadership_hire (leadership_team_size people and nobody who leads them) or grow_team. insufficient_data with fewer than
            min_judged_signals judged signals.',
        'reference': none,
        'is_ours': true,
        'limits': 'A rule for a conversation, not a forecast. Published ratios and time studies stand beside it and decide nothing.',
        'shown_in': 'hiring.recommendation',
    },
    {
        'metric': 'recommendation_robustness',
        'grain': 'recommendation as of a day',
        'minimum_n': none,
        'formula': 'Share of 2187 combinations of all thresholds and conditions, each * 0.8, 1 and 1.2, that give the same answer.',
        'reference': none,
        'is_ours': true,
        'limits': 'About thresholds alone: it does not say how sure the figures are.',
        'shown_in': 'hiring.recommendation',
    },
    {
        'metric': 'change_since_start',
        'grain': 'hire or system, and measure',
        'minimum_n': none,
        'formula': 'Mean distance of up to 26 weeks after a hire or a system from the line through up to 26 weeks before; segmented
            least squares; standard error the wider of that by Newey and West and of one widened by the correlation of the
            residuals; Student t. Months of transparency in the same way, 18 on each side. Launches: share that failed on readiness
            in the 365 days from then on less that of the 365 days before, interval by Newcombe.',
        'reference': 'Wagner et al. 2002, J Clin Pharm Ther 27:299; Newey & West 1987, Econometrica 55:703; Newcombe 1998, Stat Med
            17:873.',
        'is_ours': false,
        'limits': 'Needs 16 weeks before and 12 after and nothing else that begins within eight weeks; 8 months and 6, or 4 launches
            and 4, and nothing else within half a year. Association, not cause. Where nothing changed, 3 to 8 of 100 intervals leave
            out 0 in simulations, up to 12 with few weeks or months that resemble each other.',
        'shown_in': 'hiring.before_after',
    },
    {
        'metric': 'system_stage',
        'grain': 'system and month',
        'minimum_n': none,
        'formula': 'Last step of the registry by the end of the month: stand_up, established, handed_off, automated, retired. Overdue: its
            hand-off date has passed and it is still in one of the first two.',
        'reference': none,
        'is_ours': true,
        'limits': 'As recorded, a full count, so no interval. As good as the registry is kept.',
        'shown_in': 'product_ops.system_arc',
    },
    {
        'metric': 'time_mix',
        'grain': 'month',
        'minimum_n': none,
        'formula': 'Logged hours by category / all logged hours of the month. advisory: at least half strategic; hand_off: a system is
            handed off or automated, or a quarter of the hours goes into that; else stand_up.',
        'reference': none,
        'is_ours': true,
        'limits': 'A full count of the log, so no interval. It knows roles and systems, no persons; what nobody logs is not there.',
        'shown_in': 'product_ops.time_mix_monthly',
    },
    {
        'metric': 'accounts_covered',
        'grain': 'tool',
        'minimum_n': none,
        'formula': 'Current customers with a linked record of the source / current customers.',
        'reference': none,
        'is_ours': true,
        'limits': 'A full count of accounts, so no interval. A record that could not be linked covers nobody here.',
        'shown_in': 'product_ops.tool_stack',
    },
    {
        'metric': 'source_completeness',
        'grain': 'account',
        'minimum_n': none,
        'formula': 'Kinds of source that said something of the account within 365 days / kinds that said something of any account.',
        'reference': none,
        'is_ours': true,
        'limits': 'A full count of kinds, so no interval. A kind that the company does not deliver at all is not missed.',
        'shown_in': 'product_ops.account_data_picture',
    },
    {
        'metric': 'planning_consistency',
        'grain': 'team and quarter',
        'minimum_n': none,
        'formula': 'Mean of the shares of planned items with an owner, a target date, an outcome, and on the template that most items of
            the quarter follow.',
        'reference': none,
        'is_ours': true,
        'limits': 'A full count of the items, so no interval. Whether the form is filled in, not whether the plan is good.',
        'shown_in': 'product_ops.planning_consistency',
    },
    {
        'metric': 'balance',
        'grain': 'file',
        'minimum_n': none,
        'formula': 'rows_read - rows_loaded - rows_duplicate - rows_superseded - rows_quarantined.',
        'reference': none,
        'is_ours': true,
        'limits': 'Counts records of the file, not of the vendor: what an export leaves out cannot be seen.',
        'shown_in': 'trust.source_reconciliation',
    },
] -%}
{%- for definition in definitions %}
    select
        cast('{{ definition.metric }}' as {{ dbt.type_string() }}) as metric,
        cast('1' as {{ dbt.type_string() }}) as version,
        cast(
            {{ dbt.string_literal(dbt.escape_single_quotes(definition.formula.split() | join(' '))) }}
            as {{ dbt.type_string() }}
        ) as formula,
        cast(
            {% if definition.reference is none -%}
                null
            {%- else -%}
                {{ dbt.string_literal(dbt.escape_single_quotes(definition.reference.split() | join(' '))) }}
            {%- endif %}
            as {{ dbt.type_string() }}
        ) as reference,
        {{ definition.is_ours | lower }} as is_ours,
        cast(
            {{ dbt.string_literal(dbt.escape_single_quotes(definition.limits.split() | join(' '))) }}
            as {{ dbt.type_string() }}
        ) as limits,
        cast('{{ definition.shown_in }}' as {{ dbt.type_string() }}) as shown_in,
        cast('{{ definition.grain }}' as {{ dbt.type_string() }}) as grain,
        cast('{{ owners.get(definition.shown_in.split('.')[0], 'product_ops') }}' as {{ dbt.type_string() }}) as owner,
        cast({{ 'null' if definition.minimum_n is none else definition.minimum_n }} as bigint) as minimum_n
    {{ "union all" if not loop.last }}
{%- endfor %}
