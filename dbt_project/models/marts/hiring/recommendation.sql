-- How firm the answer is: it is given again with each threshold a fifth lower and a fifth higher, in all combinations.
{%- set signals = ['stakeholder_load', 'launch_readiness_failures', 'transparency_not_scaling', 'coordination_overhead'] %}
with

signal as (
    select * from {{ ref('signal') }}
),

staff as (
    select * from {{ ref('int_hiring__staff') }}
),

factor as (
    select 0.8 as by_how_much
    union all
    select 1.0 as by_how_much
    union all
    select 1.2 as by_how_much
),

-- A signal without a condition of its own has three variants, another one nine.
variant as (
    select
        signal.signal,
        case
            when signal.value is null then 'insufficient_data'
            when
                signal.kind = 'counter_signal'
                and signal.value <= signal.threshold * threshold_factor.by_how_much
                and signal.condition_value < signal.condition_threshold * condition_factor.by_how_much
                then 'firing'
            when
                signal.kind = 'signal'
                and signal.value_low >= signal.threshold * threshold_factor.by_how_much
                and (
                    signal.condition_threshold is null
                    or (signal.condition_threshold = 0 and signal.condition_value > 0)
                    or (
                        signal.condition_threshold > 0
                        and signal.condition_value >= signal.condition_threshold * condition_factor.by_how_much
                    )
                )
                then 'firing'
            else 'clear'
        end as state
    from signal
    cross join factor as threshold_factor
    inner join factor as condition_factor
        on coalesce(signal.condition_threshold, 0) <> 0 or condition_factor.by_how_much = 1.0
),

perturbed as (
    select
        {% for name in signals -%}
            case when v{{ loop.index }}.state = 'firing' then 1 else 0 end {{ "+ " if not loop.last }}
        {%- endfor %} as firing,
        {% for name in signals -%}
            case when v{{ loop.index }}.state <> 'insufficient_data' then 1 else 0 end {{ "+ " if not loop.last }}
        {%- endfor %} as judged,
        counter.state as counter_state
    from
        variant as counter
        {%- for name in signals %}
        inner join variant as v{{ loop.index }} on v{{ loop.index }}.signal = '{{ name }}'
        {%- endfor %}
    where counter.signal = 'small_early_team'
),

answered as (
    select {{ hiring_answer('perturbed.firing', 'perturbed.counter_state', 'perturbed.judged', 'staff') }} as answer
    from perturbed
    cross join staff
),

summed as (
    select
        max(as_of) as as_of,
        count(case when kind = 'signal' and state = 'firing' then 1 end) as firing,
        count(case when kind = 'signal' and state <> 'insufficient_data' then 1 end) as judged,
        max(case when kind = 'counter_signal' then state end) as counter_state,
        {{ dbt.listagg("case when kind = 'signal' and state = 'firing' then signal end", "', '", "order by signal") }}
            as firing_signals,
        {{ dbt.listagg("case when kind = 'counter_signal' and state = 'firing' then signal end", "', '", "order by signal") }}
            as counter_signals,
        {{ dbt.listagg("case when state = 'insufficient_data' then replace(signal, '_', ' ') end", "', '", "order by signal") }}
            as silent,
        {{ dbt.listagg(
            "case when kind = 'signal' and finding is not null then finding || ' (' || "
            ~ "case state when 'firing' then 'beyond' when 'watch' then 'near' else 'short of' end || ' the threshold of ' || "
            ~ percent('threshold') ~ " || '). ' end", "''", "order by signal"
        ) }} as findings,
        {{ dbt.listagg("case when kind = 'counter_signal' then finding || '. ' end", "''", "order by signal") }} as size,
        {{ dbt.listagg("benchmark", "'; '", "order by signal") }} as benchmarks
    from signal
),

decided as (
    select
        summed.*,
        staff.product_ops_people,
        staff.standing_systems,
        staff.system_stands,
        {{ hiring_answer('summed.firing', 'summed.counter_state', 'summed.judged', 'staff') }} as recommendation
    from summed
    cross join staff
),

robust as (
    select count(case when answered.answer = decided.recommendation then 1 end) / cast(count(*) as double) as robustness
    from answered
    cross join decided
)

select
    decided.as_of,
    case decided.recommendation
        when 'system_only' then 'thing'
        when 'insufficient_data' then null
        else 'people'
    end as form,
    decided.recommendation,
    coalesce(decided.firing_signals, '') as firing_signals,
    coalesce(decided.counter_signals, '') as counter_signals,
    robust.robustness,
    case
        when decided.recommendation = 'insufficient_data'
            then
                'Too little is known to advise for or against people: ' || decided.silent || ' cannot be judged yet. '
                || 'A system that any product manager or product leader can stand up needs no such proof. '
        when decided.recommendation = 'system_only' and decided.counter_state = 'firing'
            then
                'Build the system, hire nobody for it: '
                || 'in a company of this size a product manager can stand it up and keep it. '
        when decided.recommendation = 'system_only' and decided.firing >= {{ hiring_threshold('min_firing_signals') }}
            then
                'Build the system first: signals call for help, but the register shows '
                || cast(decided.standing_systems as {{ dbt.type_string() }})
                || ' standing systems, and people hired before there is a system would be hired to make up for its absence. '
        when decided.recommendation = 'system_only'
            then
                'Build or keep the system, hire nobody for it: '
                || case decided.firing when 0 then 'no signal fires' else 'only ' || decided.firing_signals || ' fires' end
                || ', and it takes ' || cast({{ hiring_threshold('min_firing_signals') }} as {{ dbt.type_string() }})
                || ' to call for people. '
        else
            'The system stands and '
            || cast(decided.firing as {{ dbt.type_string() }}) || ' signals fire in spite of it: '
            || case decided.recommendation
                when 'first_hire' then 'a first person for product operations is worth it. '
                when 'grow_team' then 'the people in product operations are too few for what is asked of them. '
                else
                    'product operations has become a team that needs somebody to lead it, with product management behind them. '
            end
    end
    || coalesce(decided.findings, '') || coalesce(decided.size, '')
    || case
        when decided.silent is not null and decided.recommendation <> 'insufficient_data'
            then 'Not judged for want of data: ' || decided.silent || '. '
        else ''
    end
    || 'With every threshold a fifth lower or higher, in all combinations, ' || {{ percent('robust.robustness') }}
    || ' of the answers are the same. Published figures, for comparison only: '
    || coalesce(decided.benchmarks, 'none')
    || '.' as rationale,
    decided.system_stands,
    cast(decided.judged as bigint) as judged_signals
from decided
cross join robust
