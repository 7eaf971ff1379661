V6, EC2 retirement: the mail names the hour, and 12:00 AM is midnight.

## Two weeks, a day, over
sender aws = no-reply-aws@amazon.com to release+aws@mozilla.com
day 2013-10-08

07:12     mail  one    aws | Amazon EC2 Instance scheduled for retirement
                       > The following instance(s) will be shut down after 12:00 AM UTC on 2013-10-22.
                       >  i-02cc2669
07:12     says  one    ACT scheduled; until +13 00:00; deadline +14 00:00
                       "i-02cc2669 will be retired: stop and start it before 12:00 AM UTC on 2013-10-22"
+12 23:59:59 says one  ACT scheduled; until +13 00:00; deadline +14 00:00
+13 00:00 says  one    ACT due-soon; until +14 00:00; deadline +14 00:00
+13 23:59:59 says one  ACT due-soon; until +14 00:00; deadline +14 00:00
+14 00:00 says  one    ACT overdue; deadline +14 00:00
+400 00:00 says one    ACT overdue; deadline +14 00:00

## Noon is noon, and an hour in 24 is that hour
sender aws = no-reply-aws@amazon.com to release+aws@mozilla.com

10:00     mail  noon   aws | Amazon EC2 Instance scheduled for retirement
                       > i-0aaaaaaa will be shut down after 12:00 PM UTC on 2013-11-25.
10:00     says  noon   ACT scheduled; until +3 12:00; deadline +4 12:00
10:00     mail  four   aws | Amazon EC2 Instance scheduled for retirement
                       > Your instance i-0bbbbbbb will be retired on 2013-11-22 04:00 UTC.
10:00     says  four   ACT due-soon; until +1 04:00; deadline +1 04:00

## The hour that a mail gives is UTC, wherever it is read
sender aws = no-reply-aws@amazon.com to release+aws@mozilla.com
day 2013-11-01
zone PST8PDT,M3.2.0,M11.1.0

# Summer time ends on the third: the countdown of the last day is 24 hours all the same.
10:00     mail  one    aws | Amazon EC2 Instance scheduled for retirement
                       > i-02cc2669 will be shut down after 12:00 AM UTC on 2013-11-04.
+1 23:59:59 says one   ACT scheduled; until +2 00:00; deadline +3 00:00
+2 00:00  says  one    ACT due-soon; until +3 00:00; deadline +3 00:00
+3 00:00  says  one    ACT overdue; deadline +3 00:00

## On a leap day
sender aws = no-reply-aws@amazon.com to release+aws@mozilla.com
day 2012-02-27

10:00     mail  one    aws | Amazon EC2 Instance scheduled for retirement
                       > i-02cc2669 will be shut down after 12:00 AM UTC on 2012-02-29.
                       > i-0123456789abcdef0 too.
10:00     says  one    ACT scheduled; until +1 00:00; deadline +2 00:00
+1 00:00  says  one    ACT due-soon; until +2 00:00; deadline +2 00:00

## Held up, copied, answered, removed: the hour stands in the mail
sender aws = no-reply-aws@amazon.com to release+aws@mozilla.com
sender ann = ann@example.org to release+aws@mozilla.com

06:00     fresh mail
06:00     mail  one    aws | Amazon EC2 Instance scheduled for retirement | delivered 22:00
                       > i-02cc2669 will be shut down after 12:00 AM UTC on 2013-11-22.
22:00     says  one    ACT due-soon; until +1 00:00; deadline +1 00:00
22:01     copy  twin   of one
22:02     mail  reply  ann | Re: Amazon EC2 Instance scheduled for retirement
22:02     says  reply  NOTE
22:03     gone  one
+1 00:00  says  twin   ACT overdue; deadline +1 00:00
+1 00:00  row   twin   1 mail ACT overdue; 06:00 to 06:00

## No hour can be read: nobody can tell how urgent it is
sender aws = no-reply-aws@amazon.com to release+aws@mozilla.com

10:00     mail  one    aws | Amazon EC2 Instance scheduled for retirement
                       > i-02cc2669 will be shut down soon.
10:00     says  one    ACT scheduled
