V7, SNS: somebody must be working on it, until its OK comes.

## Unclaimed for half an hour, claimed, given back, closed by its OK, and open again
sender sns = no-reply@sns.amazonaws.com to release+sns@mozilla.com

14:00     mail  alarm  sns | ALARM: "queue-age" in US West (Oregon)
                       > You are receiving this email because your Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:00     says  alarm  ACT alarm; until 14:30
                       @ contact ciduty
14:29:59  says  alarm  ACT alarm; until 14:30
14:30     says  alarm  ACT unclaimed
                       "Nobody is working on it: queue-age"
14:35     told  mine = claim alarm incident
14:35     says  alarm  WAIT claimed
                       "ann is working on it, since 14:35: queue-age"
14:40     told  release mine
14:40     says  alarm  ACT unclaimed
14:42     told  claim alarm
14:42     says  alarm  WAIT claimed
14:50     mail  ok     sns | OK: "queue-age" in US West (Oregon)
                       > You are receiving this email because your Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:50     says  alarm  NOTE closed
                       "queue-age: closed by its OK"
14:50     says  ok     NOTE ok
14:50     together alarm ok
15:10     mail  again  sns | ALARM: "queue-age" in US West (Oregon)
                       > You are receiving this email because your Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
15:10     apart alarm again
15:10     says  again  ACT alarm; until 15:40
15:10     says  alarm  NOTE closed
15:40     says  again  ACT unclaimed

## The OK of another alarm, of another region, of the same second, of another sender closes nothing
sender sns = no-reply@sns.amazonaws.com to release+sns@mozilla.com
sender else = no-reply@else.example.org to release+sns@mozilla.com

14:00     mail  alarm  sns | ALARM: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:00     mail  same   sns | OK: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:01     mail  name   sns | OK: "disk" in US West (Oregon)
                       > Amazon CloudWatch Alarm "disk" in the US West (Oregon) region
14:02     mail  place  sns | OK: "queue-age" in US East (N. Virginia)
                       > Amazon CloudWatch Alarm "queue-age" in the US East (N. Virginia) region
14:03     mail  sender else | OK: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:03     says  alarm  ACT alarm; until 14:30
14:04     mail  ok     sns | OK: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:05     says  alarm  NOTE closed

## The claim is undone; the claim of one mail is no claim of the next
sender sns = no-reply@sns.amazonaws.com to release+sns@mozilla.com

14:00     mail  one    sns | ALARM: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:05     told  one = claim one
14:10     mail  two    sns | ALARM: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:45     says  one    WAIT claimed
14:45     says  two    ACT unclaimed
14:45     row   one    2 mails ACT unclaimed; 14:00 to 14:10; every 10m
14:46     told  all = claim two incident
14:46     says  two    WAIT claimed
14:47     told  undo one
14:47     says  one    WAIT claimed
14:48     told  undo all
14:48     says  one    ACT unclaimed
14:48     says  two    ACT unclaimed

## An answer in the sent folder is a claim, if the sent folder is known that far
sender sns = no-reply@sns.amazonaws.com to release+sns@mozilla.com
sent

14:00     fresh mail
14:00     mail  one    sns | ALARM: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:29:59  says  one    ACT alarm; until 14:30
# Whether somebody answered cannot be told, but it is urgent all the same.
15:00     says  one    ACT alarm
15:10     told  answer = reply one
15:10     says  one    WAIT claimed
15:20     told  undo answer
15:20     mail  two    sns | ALARM: "disk" in US West (Oregon)
                       > Amazon CloudWatch Alarm "disk" in the US West (Oregon) region
15:20     says  one    ACT unclaimed

## Held up, copied, removed
sender sns = no-reply@sns.amazonaws.com to release+sns@mozilla.com

14:00     mail  alarm  sns | ALARM: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:01     copy  twin   of alarm
14:10     mail  ok     sns | OK: "queue-age" in US West (Oregon) | delivered 16:00
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
15:59     says  twin   ACT unclaimed
16:00     says  twin   NOTE closed
16:10     gone  ok
16:10     says  twin   NOTE closed
                       ~ deleted elsewhere

## Papertrail, no data, a subscription, a topic that is not ours, and what cannot be read
sender sns = no-reply@sns.amazonaws.com to release+sns@mozilla.com
sender team = ann@example.org to release+sns@mozilla.com

14:00     mail  search sns | AWS Notification Message
                       > {"saved_search": {"name": "buildbot errors"}}
14:00     says  search ACT alarm; until 14:30
14:00     mail  empty  sns | INSUFFICIENT_DATA: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
14:00     says  empty  DECIDE no-data
14:00     mail  blank  sns | ALARM: "queue-age" in US West (Oregon)
                       > (no text)
14:00     says  blank  ACT unparsed
14:00     mail  sub    sns | AWS Notification - Subscription Confirmation
14:00     says  sub    DECIDE confirm
14:00     mail  topic  sns | AWS Notification Message
                       > arn:aws:sns:us-west-2:314336048151:somebody-elses
14:00     says  topic  ACT other-topic; until 14:30
14:00     mail  odd    sns | AWS Notification Message
                       > something new
14:00     says  odd    ACT other; until 14:30
14:30     says  odd    ACT unclaimed
14:30     mail  reply  team | Re: AWS Notification Message
14:30     says  reply  NOTE

## Across midnight, the night of summer time and a leap day half an hour is half an hour
sender sns = no-reply@sns.amazonaws.com to release+sns@mozilla.com
day 2012-02-29
zone CET-1CEST,M3.5.0,M10.5.0/3

23:45     mail  one    sns | ALARM: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
+1 00:14:59 says one   ACT alarm; until +1 00:15
+1 00:15  says  one    ACT unclaimed
# Summer time begins on 25 March at 01:00 UTC.
+25 00:45 mail  two    sns | ALARM: "queue-age" in US West (Oregon)
                       > Amazon CloudWatch Alarm "queue-age" in the US West (Oregon) region
+25 01:14:59 says two  ACT alarm; until +25 01:15
+25 01:15 says  two    ACT unclaimed
