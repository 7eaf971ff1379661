V9, the Apple ID agent: whoever caused the mail claims it by reply; else those with access, and with much of it the manager.

## Claimed by a reply, in time and late
sender apple = appleid@id.apple.com to release+appleagent@mozilla.com
sent

14:00     mail  one    apple | Your Apple ID verification code
14:00     says  one    DECIDE fresh; until 14:30; may act unclaimed 14:30
                       "Did you cause this? Claim it by reply"
14:10     told  mine = reply one
14:10     says  one    NOTE claimed
14:30     says  one    NOTE claimed
15:00     mail  two    apple | Your Apple ID verification code
                       > 104729
15:29:59  says  two    DECIDE fresh; until 15:30; may act unclaimed 15:30
15:30     says  two    ACT unclaimed
                       "Nobody has claimed it: escalate to those with access to the Apple IDs"
                       @ escalate apple-account
15:40     told  reply two
15:40     says  two    NOTE claimed

## A claim that is told needs no reply; it is undone, given back, and of one mail only
sender apple = appleid@id.apple.com to release+appleagent@mozilla.com

14:00     mail  one    apple | Your Apple ID was used
14:20     told  mine = claim one
14:30     says  one    NOTE claimed
                       "ann claimed it, 14:20"
14:40     told  release mine
14:40     says  one    ACT unclaimed
14:45     told  again = claim one
14:45     says  one    NOTE claimed
14:50     told  undo again
14:50     says  one    ACT unclaimed

## The sent folder is not known that far: nobody can tell, and it is not lowered
sender apple = appleid@id.apple.com to release+appleagent@mozilla.com
sent

14:00     fresh mail
14:00     mail  one    apple | Your Apple ID was used
14:31     says  one    DECIDE fresh; until 14:32; may act unclaimed
14:32     says  one    DECIDE fresh, cannot tell; may act unclaimed
                       "cannot tell whether it is claimed. Did you cause it? Claim it by reply; Did you cause this? Claim it by reply"
                       ~ no sent mail newer than 14:00

## The eleventh in a day is for the manager
sender apple = appleid@id.apple.com to release+appleagent@mozilla.com

04:00     mail  code   apple | Your Apple ID verification code | 10 times every 30m
10:00     says  code10 ACT unclaimed
10:01     copy  twin   of code10
10:02     mail  reply  apple | Re: Your Apple ID verification code
10:02     says  code10 ACT unclaimed
10:02     says  reply  NOTE
10:03     gone  code2
10:10     mail  more   apple | Your Apple ID verification code
10:10     says  more   ACT many; until +1 04:00:01
                       "11 in a day: bring it to the manager's attention"
10:10     says  code1  ACT many; until +1 04:00:01
                       @ escalate apple-account, tell manager
# The first is a day old and a second: it is ten again, and nobody has claimed them.
+1 04:00:01 says more  ACT unclaimed

## Held up for an hour: its half hour began when it was sent
sender apple = appleid@id.apple.com to release+appleagent@mozilla.com

14:00     mail  one    apple | Your Apple ID was used | delivered 15:00
15:00     says  one    ACT unclaimed

## Over midnight on a leap day, and in the night on which summer time begins
sender apple = appleid@id.apple.com to release+appleagent@mozilla.com
day 2012-02-29
zone PST8PDT,M3.2.0,M11.1.0

23:40     mail  one    apple | Your Apple ID was used
+1 00:09:59 says one   DECIDE fresh; until +1 00:10; may act unclaimed +1 00:10
+1 00:10  says  one    ACT unclaimed
+11 09:45 mail  two    apple | Your Apple ID was used
+11 10:14:59 says two  DECIDE fresh; until +11 10:15; may act unclaimed +11 10:15
+11 10:15 says  two    ACT unclaimed
