-- A meeting takes somebody's time: not a whole day, not marked as free, between five minutes and ten hours, and in the past.
with

event as (
    select * from {{ ref('stg_calendar__event') }}
),

attendance as (
    select * from {{ ref('stg_calendar__attendance') }}
),

person as (
    select * from {{ ref('int_person') }}
),

customer_domain as (
    select distinct identifier as domain
    from {{ ref('int_account_identifier') }}
    where match_method = 'domain'
),

shared_domain as (
    select domain from {{ ref('shared_domain') }}
),

own_domain as (
    select distinct email_domain as domain
    from person
    where email_domain is not null and email_domain not in (select shared_domain.domain from shared_domain)
),

-- The newest version of a series says which of its occurrences there still are.
series as (
    select
        uid,
        revision,
        spread_from,
        spread_to,
        row_number() over (
            partition by uid
            order by coalesce(updated_at, starts_at) desc, delivery desc, revision desc
        ) as age
    from event
    where is_recurring and not is_exception
),

meeting as (
    select
        event.uid,
        event.occurrence_at,
        event.starts_at,
        event.revision,
        event.organizer_key,
        {{ hours_between('event.starts_at', 'event.ends_at') }} as hours
    from event
    left join series on event.uid = series.uid and series.age = 1
    where
        not event.is_all_day
        and event.transparency = 'opaque'
        and event.starts_at <= {{ as_of() }}
        and (
            not event.is_recurring
            or event.is_exception
            or event.revision = series.revision
            or event.occurrence_at < series.spread_from
            or event.occurrence_at > series.spread_to
        )
),

guest as (
    select
        meeting.uid,
        meeting.occurrence_at,
        attendance.attendee_key,
        attendance.attendee_domain,
        person.employee_id,
        person.team_id,
        person.function,
        coalesce(person.is_pm, false) as is_pm,
        coalesce(attendance.attendee_domain in (select own_domain.domain from own_domain), false) as is_colleague,
        coalesce(attendance.attendee_domain in (select customer_domain.domain from customer_domain), false) as is_customer
    from meeting
    inner join attendance
        on
            meeting.uid = attendance.uid
            and meeting.occurrence_at = attendance.occurrence_at
            and meeting.revision = attendance.revision
    left join person
        on
            attendance.attendee_key = person.email_key
            and {{ utc_date('meeting.starts_at') }} >= person.valid_from
            and {{ utc_date('meeting.starts_at') }} < person.valid_until
    where
        coalesce(attendance.response, 'accepted') <> 'declined'
        and coalesce(attendance.attendee_kind, 'individual') not in ('resource', 'room')
        and coalesce(attendance.participation, 'req-participant') <> 'non-participant'
),

counted as (
    select
        uid,
        occurrence_at,
        count(*) as guests,
        count(case when is_customer and not is_colleague then 1 end) as customers,
        count(case when not is_customer and not is_colleague and employee_id is null then 1 end) as strangers,
        count(case when not is_pm and {{ makes_product('function') }} then 1 end) as makers,
        count(case when not {{ makes_product('function') }} then 1 end) as stakeholders,
        count(case when is_pm then 1 end) as pms,
        count(distinct team_id) as teams
    from guest
    group by uid, occurrence_at
),

organised as (
    select
        meeting.*,
        organizer.function as organizer_function
    from meeting
    left join person as organizer
        on
            meeting.organizer_key = organizer.email_key
            and {{ utc_date('meeting.starts_at') }} >= organizer.valid_from
            and {{ utc_date('meeting.starts_at') }} < organizer.valid_until
)

select
    organised.uid,
    organised.occurrence_at,
    organised.starts_at,
    {{ week_start('organised.starts_at') }} as week_start,
    organised.hours,
    case
        when counted.customers > 0 then 'customers'
        when counted.strangers > 0 then 'unclassified'
        when
            not {{ makes_product('organised.organizer_function') }}
            and counted.stakeholders > 0
            then 'stakeholders'
        when counted.stakeholders > 0 and counted.stakeholders >= counted.makers then 'stakeholders'
        when counted.makers + counted.stakeholders > 0 or counted.pms > 1 then 'team'
        else 'unclassified'
    end as kind,
    counted.customers = 0 and counted.strangers = 0 and counted.teams > 1 as crosses_teams,
    guest.employee_id,
    guest.team_id
from organised
inner join counted on organised.uid = counted.uid and organised.occurrence_at = counted.occurrence_at
inner join guest on organised.uid = guest.uid and organised.occurrence_at = guest.occurrence_at and guest.is_pm
where
    counted.guests > 1
    and organised.hours between 5 / 60.0 and 10
