-- What the filters offer: themes, product areas, segments, channels and teams there are.
select 'theme' as kind, theme_id as value, theme_name as label
from core.theme
where valid_to is null and status = 'active'
union all
select distinct 'area', product_area, product_area
from core.theme
where valid_to is null and product_area is not null
union all
select distinct 'segment', segment, segment from voc.theme_weekly
where segment <> 'all'
union all
select distinct 'channel', channel, channel from voc.theme_weekly
where channel <> 'all'
union all
select distinct 'team', asker_team, asker_team from alignment.health_weekly
where asker_team <> 'all' and not suppressed
order by kind, label
