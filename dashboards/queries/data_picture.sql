-- Of how many accounts is how much of the picture there?
select kinds_seen, kinds_delivered, count(*) as accounts, sum(account.arr) as arr
from product_ops.account_data_picture as picture
left join core.account as account on picture.account_id = account.account_id
group by kinds_seen, kinds_delivered
order by kinds_seen desc
