select
    recommendation,
    attribute,
    {{ list_in_order('value', 'position') }} as value,
    max(note) as note,
    {{ list_in_order('question', 'position') }} as questions,
    {{ list_in_order('listen_for', 'position') }} as listen_for
from {{ ref('role_profile_kit') }}
group by recommendation, attribute
