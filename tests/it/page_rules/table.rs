//! From the number of each rule of the page to where it is held: a test that names it, or a text of a shipped runbook.

use super::*;
use Proof::{Later, Test, Text};
use dutybox::runbook::file::{Block, Inline, RunbookLink};
use std::collections::BTreeSet;
use std::path::Path;

/// Where a rule is held.
#[derive(Debug, Clone, Copy)]
enum Proof {
    /// By a test, which names the number in its name, its documentation or its body: module and function.
    Test(&'static str),
    /// By a text that a shipped runbook shows with the line of the page: the runbook, and some of the words.
    Text(&'static str, &'static str),
    /// Not yet: with what it comes.
    Later(&'static str),
}

/// A rule of the page.
#[derive(Debug)]
struct Rule {
    number: u16,
    /// The page's lines.
    lines: &'static str,
    /// What we do, in a few words.
    does: &'static str,
    proofs: &'static [Proof],
}

const fn row(number: u16, lines: &'static str, does: &'static str, proofs: &'static [Proof]) -> Rule {
    Rule { number, lines, does, proofs }
}

/// How many rules the page has.
const RULES: u16 = 164;

/// Rules that may be named `Later`, and no others.
const LATER: [u16; 13] = [3, 8, 55, 58, 59, 123, 130, 150, 151, 152, 158, 159, 160];

#[rustfmt::skip]
const TABLE: &[Rule] = &[
    row(1, "6", "known to a runbook or undocumented, mail by mail", &[Test("page_rules::index::s001_a_mail_is_expected_by_a_runbook_or_by_none")]),
    row(2, "6", "undocumented mail is counted in view, whatever is filtered", &[Test("page_rules::index::s002_undocumented_mail_is_counted_and_never_hidden")]),
    row(3, "8", "how much mail each rule gets, in a report", &[Later("with the shift report")]),
    row(4, "8", "works with no network", &[Test("architecture::words_stand_only_where_they_belong")]),
    row(5, "10", "an address outranks a subject", &[Test("page_rules::index::s005_an_address_outranks_a_subject")]),
    row(6, "10", "`label:` is `detail:` in a search", &[Test("page_rules::index::s006_label_is_another_word_for_detail")]),
    row(7, "11", "subjects anchor at their start; by subject alone is brittle", &[Test("page_rules::index::s007_a_subject_is_matched_from_its_start_and_called_brittle")]),
    row(8, "12", "a draft for a mail that no runbook knows", &[Later("with the import of wiki pages")]),
    row(9, "14", "archives are read, never changed, and prove nothing", &[Test("page_rules::index::s009_an_archive_is_only_looked_into"), Test("fresh::s009_an_archive_is_searched_never_changed_and_known_only_by_its_own_mail")]),
    row(10, "18", "the page's pattern stands beside ours", &[Test("page_rules::index::s010_both_patterns_are_shown")]),
    row(11, "21", "category perf-metrics", &[Test("page_rules::index::s011_collapse_reports_are_performance_metrics")]),
    row(12, "22", "not actionable: ignore", &[Test("page_rules::index::s012_a_suspected_machine_issue_is_not_actionable")]),
    row(13, "22", "another sender gets a badge", &[Test("page_rules::index::s013_another_sender_than_nobody_at_cruncher_gets_a_badge")]),
    row(14, "22", "bug 825625 is linked", &[Test("page_rules::index::s014_s038_s132_bugs_are_linked")]),
    row(15, "23", "a row of its own: ignore", &[Test("page_rules::index::s015_a_talos_machine_issue_is_a_row_of_its_own")]),
    row(16, "24", "category try-submission", &[Test("page_rules::index::s016_try_submissions_are_known")]),
    row(17, "24", "another recipient gets a badge", &[Test("page_rules::index::s017_a_try_mail_to_somebody_else_gets_a_badge")]),
    row(18, "25", "major at the first mail", &[Test("page_rules::index::s018_a_major_error_is_major_at_the_first_mail")]),
    row(19, "25", "who was told is recorded before done", &[Test("page_rules::index::s019_s025_s026_people_and_what_must_be_told"), Test("desk_rules::s019_done_asks_who_was_told")]),
    row(20, "26", "the number is a digit, both spellings match", &[Test("page_rules::index::s020_the_number_of_a_push_is_a_digit_and_both_spellings_match")]),
    row(21, "26", "repeated pushes are major", &[Test("page_rules::index::s021_repeated_pushes_are_major")]),
    row(22, "27", "repeated process delays are major", &[Test("page_rules::index::s022_repeated_process_delays_are_major")]),
    row(23, "28", "place for the lost link", &[Test("page_rules::index::s023_s029_s049_s065_s100_lost_links_keep_their_place")]),
    row(24, "28", "by the release switch at mail time", &[Test("page_rules::index::s024_without_a_release_a_failure_of_its_runner_is_ignored")]),
    row(25, "29", "category amp", &[Test("page_rules::index::s019_s025_s026_people_and_what_must_be_told")]),
    row(26, "29", "forward to blassey and snorp", &[Test("page_rules::index::s019_s025_s026_people_and_what_must_be_told")]),
    row(27, "29", "you cannot act on it yourself", &[Text("amp", "so you cannot do it yourself")]),
    row(28, "30", "kinds: health, billing, notice, marketing", &[Test("page_rules::index::s028_account_mail_of_aws_is_told_from_marketing")]),
    row(29, "30", "place for the lost link", &[Test("page_rules::index::s023_s029_s049_s065_s100_lost_links_keep_their_place")]),
    row(30, "30", "contact catlee", &[Test("page_rules::index::s030_s031_s033_s039_s040_whom_to_contact")]),
    row(31, "31", "contact hwine, for now", &[Test("page_rules::index::s030_s031_s033_s039_s040_whom_to_contact"), Text("bitbucket", "“For now” has no date")]),
    row(32, "32", "blocks of the report, counted", &[Test("page_rules::index::s032_the_blocks_of_the_sanity_report_are_counted")]),
    row(33, "32", "contact rail", &[Test("page_rules::index::s030_s031_s033_s039_s040_whom_to_contact")]),
    row(34, "33", "release+ec2. and any machine", &[Test("page_rules::index::s034_ec2_and_any_machine_is_cron_output")]),
    row(35, "33", "the machine is shown", &[Test("page_rules::index::s035_the_machine_is_shown_from_address_and_subject")]),
    row(36, "33", "done only with a claim or a note", &[Test("page_rules::index::s036_s037_fix_issue_asks_for_a_claim_or_a_note"), Test("desk_rules::s036_fix_issue_is_done_with_a_claim_or_a_note")]),
    row(37, "34", "the same for SNS", &[Test("page_rules::index::s036_s037_fix_issue_asks_for_a_claim_or_a_note")]),
    row(38, "35", "category chromecast, bug 1037018", &[Test("page_rules::index::s014_s038_s132_bugs_are_linked")]),
    row(39, "36", "contact the vcs-sync folk", &[Test("page_rules::index::s030_s031_s033_s039_s040_whom_to_contact")]),
    row(40, "37", "contact mfinkle", &[Test("page_rules::index::s030_s031_s033_s039_s040_whom_to_contact")]),
    row(41, "38", "the page gives no action, and so do we", &[Test("page_rules::index::s041_s042_s126_no_action_is_said_to_be_none")]),
    row(42, "39", "the page gives no action, and so do we", &[Test("page_rules::index::s041_s042_s126_no_action_is_said_to_be_none")]),
    row(43, "40", "category mozdef, security", &[Test("page_rules::index::s043_s044_security_alerts_notify_the_team_and_infosec_together")]),
    row(44, "40", "notify team and infosec at once", &[Test("page_rules::index::s043_s044_security_alerts_notify_the_team_and_infosec_together")]),
    row(45, "41", "a person reads it; lost link", &[Test("page_rules::index::s045_mail_of_the_moc_is_for_a_person_to_read")]),
    row(46, "42", "much activity: the manager", &[Test("page_rules::index::s046_much_activity_of_the_apple_account_goes_to_the_manager")]),
    row(47, "43", "either address; the next Wednesday", &[Test("page_rules::index::s047_either_address_asks_for_the_next_wednesday")]),
    row(48, "43", "a reply settles it", &[Test("page_rules::index::s048_a_reply_in_the_thread_settles_a_request")]),
    row(49, "43", "the link that never came", &[Test("page_rules::index::s023_s029_s049_s065_s100_lost_links_keep_their_place")]),
    row(50, "44", "category github; partners are hidden", &[Test("page_rules::index::s050_s144_partners_and_codes_are_hidden")]),
    row(51, "53", "raw data: nothing to do", &[Test("page_rules::sections::s051_s052_s060_metrics_ask_for_nothing")]),
    row(52, "53", "regular arrival is no incident that asks for anybody", &[Test("page_rules::sections::s051_s052_s060_metrics_ask_for_nothing")]),
    row(53, "57", "grouped by what the reports are", &[Test("page_rules::sections::s053_the_catch_all_is_grouped_by_what_the_reports_are")]),
    row(54, "57", "full headers, and where the host is known from", &[Test("page_rules::sections::s054_full_headers_and_where_the_host_is_known_from")]),
    row(55, "61", "one key ignores and exports the filter", &[Later("with the export of filters")]),
    row(56, "65", "may be ignored for ever", &[Test("page_rules::sections::s056_s061_what_must_be_addressed_is_never_ignored_for_good"), Test("desk_rules::s056_metrics_may_be_ignored_for_ever")]),
    row(57, "65", "an ignore is the operator's own", &[Test("desk_rules::s057_an_ignore_is_of_the_operator")]),
    row(58, "69", "how much mail each rule gets, in a report", &[Later("with the shift report")]),
    row(59, "73", "a pattern proposed out of selected mails", &[Later("with the export of filters")]),
    row(60, "73", "the prefix is known", &[Test("page_rules::sections::s051_s052_s060_metrics_ask_for_nothing")]),
    row(61, "79", "never ignored for good", &[Test("page_rules::sections::s056_s061_what_must_be_addressed_is_never_ignored_for_good"), Test("desk_rules::s061_s123_what_must_be_addressed_is_not_ignored_for_ever")]),
    row(62, "79", "who depends on it", &[Text("vcs2vcs", "b2g depends on parts of the system")]),
    row(63, "83", "the host need not stand in From", &[Test("page_rules::sections::s063_the_host_need_not_stand_in_from")]),
    row(64, "83", "a host that is not in the configuration gets a badge", &[Test("page_rules::sections::s064_a_host_that_is_not_in_the_configuration_gets_a_badge")]),
    row(65, "83", "places for the lost links", &[Test("page_rules::index::s023_s029_s049_s065_s100_lost_links_keep_their_place")]),
    row(66, "87", "AUTOFIX: watching, with a clock", &[Test("page_rules::sections::s066_s067_s068_s069_autofix")]),
    row(67, "88", "same host: failed", &[Test("page_rules::sections::s066_s067_s068_s069_autofix")]),
    row(68, "88", "page hwine", &[Test("page_rules::sections::s066_s067_s068_s069_autofix")]),
    row(69, "89", "worked, only with proof", &[Test("page_rules::sections::s066_s067_s068_s069_autofix")]),
    row(70, "89", "the log is ready, then trash", &[Test("page_rules::sections::s070_the_log_of_an_autofix_that_worked_is_ready"), Test("desk_rules::s070_s071_logged_or_left_to_hwine_then_trashed")]),
    row(71, "89", "or leave the log to hwine", &[Test("page_rules::sections::s071_the_log_may_be_left_to_hwine"), Test("desk_rules::s070_s071_logged_or_left_to_hwine_then_trashed")]),
    row(72, "90", "every 20 minutes: outage", &[Test("page_rules::sections::s072_s073_s074_s075_process_delays")]),
    row(73, "90", "error lines and repositories are pulled up", &[Test("page_rules::sections::s072_s073_s074_s075_process_delays")]),
    row(74, "90", "docs, and/or page hwine", &[Test("page_rules::sections::s072_s073_s074_s075_process_delays")]),
    row(75, "91", "a single one may be false, next tick due", &[Test("page_rules::sections::s072_s073_s074_s075_process_delays")]),
    row(76, "92", "major", &[Test("page_rules::sections::s076_s077_major_errors_ask_to_contact_not_to_page")]),
    row(77, "92", "contact, not page", &[Test("page_rules::sections::s076_s077_major_errors_ask_to_contact_not_to_page")]),
    row(78, "93", "corruption is hinted at", &[Test("page_rules::sections::s078_corruption_is_hinted_at_where_the_mail_speaks_of_it")]),
    row(79, "93", "recovering since", &[Test("page_rules::sections::s079_recovering_since")]),
    row(80, "93", "comment on the bug, or a new one that blocks it", &[Test("page_rules::sections::s080_fixed_or_blocked_by_a_new_bug")]),
    row(81, "94", "straggler", &[Test("page_rules::sections::s081_s082_one_more_mail_covers_the_hour_of_the_fix")]),
    row(82, "94", "the hour that a mail covers", &[Test("page_rules::sections::s081_s082_one_more_mail_covers_the_hour_of_the_fix")]),
    row(83, "95", "number and target", &[Test("page_rules::sections::s083_number_and_target_of_a_push")]),
    row(84, "95", "pairs", &[Test("page_rules::sections::s084_s085_s086_s087_s088_sets_of_pushes")]),
    row(85, "95", "a lone one is ignorable", &[Test("page_rules::sections::s084_s085_s086_s087_s088_sets_of_pushes")]),
    row(86, "95", "two sets are ignorable", &[Test("page_rules::sections::s084_s085_s086_s087_s088_sets_of_pushes")]),
    row(87, "95", "the third: git.mozilla.org first", &[Test("page_rules::sections::s084_s085_s086_s087_s088_sets_of_pushes")]),
    row(88, "95", "hwine had it by SMS", &[Test("page_rules::sections::s084_s085_s086_s087_s088_sets_of_pushes"), Test("desk_rules::s088_who_pages_hwine_is_told_of_the_sms")]),
    row(89, "96", "a person judges how severe it is", &[Test("page_rules::sections::s089_s090_anything_else_is_judged_by_a_person"), Test("desk_rules::s089_done_asks_how_severe_it_is")]),
    row(90, "96", "escalate to hwine", &[Test("page_rules::sections::s089_s090_anything_else_is_judged_by_a_person")]),
    row(91, "96", "the bug for a better diagnosis is ready", &[Test("page_rules::sections::s091_the_bug_for_a_better_diagnosis_is_ready")]),
    row(92, "100", "stopped; a new one is a new problem", &[Test("page_rules::sections::s092_when_the_mails_stop_it_is_said_and_a_new_one_is_a_new_problem")]),
    row(93, "104", "better: Nagios", &[Text("vcs2vcs", "Nagios alerts: promised on the page")]),
    row(94, "108", "all addresses", &[Test("page_rules::sections::s094_s095_addresses_and_subjects_of_vcs2vcs")]),
    row(95, "110-111", "kinds by subject", &[Test("page_rules::sections::s094_s095_addresses_and_subjects_of_vcs2vcs")]),
    row(96, "112-113", "by way of .forward: cron output, and its copy", &[Test("page_rules::sections::s096_forwarded_cron_mail_and_its_copy")]),
    row(97, "119", "any mail is a failure", &[Test("page_rules::sections::s097_s099_any_mail_of_the_runner_is_a_failure_and_one_that_did_not_start_is_worse")]),
    row(98, "119", "a cause: polling", &[Text("release-runner", "it could not poll ship it for a long while")]),
    row(99, "119", "a worse cause: it did not start", &[Test("page_rules::sections::s097_s099_any_mail_of_the_runner_is_a_failure_and_one_that_did_not_start_is_worse")]),
    row(100, "125", "place for the lost link", &[Test("page_rules::index::s023_s029_s049_s065_s100_lost_links_keep_their_place")]),
    row(101, "129", "waiting, until it comes back", &[Test("desk_rules::s101_s102_waiting_has_an_end_and_is_local")]),
    row(102, "129", "nobody else sees an acknowledgement", &[Text("release-runner", "one made here stays here"), Test("desk_rules::s101_s102_waiting_has_an_end_and_is_local")]),
    row(103, "133", "here to stay", &[Text("release-runner", "this mail will stay")]),
    row(104, "137", "the tag anywhere, and no other tag", &[Test("page_rules::sections::s104_the_tag_anywhere_in_the_subject_and_no_other_tag")]),
    row(105, "143", "region", &[Test("page_rules::sections::s105_s106_s107_region_deadline_and_instances")]),
    row(106, "143", "deadline: midnight", &[Test("page_rules::sections::s105_s106_s107_region_deadline_and_instances")]),
    row(107, "143-145", "one to many ids of 8 and 17 digits", &[Test("page_rules::sections::s105_s106_s107_region_deadline_and_instances")]),
    row(108, "149", "why", &[Text("ec2-retirement", "the instance has to leave it")]),
    row(109, "153", "the sender counts", &[Test("page_rules::sections::s109_s113_sender_and_subject_together_win_over_the_address")]),
    row(110, "157", "step 1, and the host where it is known", &[Test("page_rules::sections::s110_s111_s112_three_steps_for_each_instance")]),
    row(111, "158", "step 2 for each", &[Test("page_rules::sections::s110_s111_s112_three_steps_for_each_instance")]),
    row(112, "159", "step 3 for each", &[Test("page_rules::sections::s110_s111_s112_three_steps_for_each_instance")]),
    row(113, "167", "sender and subject win over the address", &[Test("page_rules::sections::s109_s113_sender_and_subject_together_win_over_the_address")]),
    row(114, "173", "SNS by subject", &[Test("page_rules::sections::s114_s124_subject_or_address")]),
    row(115, "177", "act, and its age counts", &[Test("page_rules::sections::s115_s116_kinds_of_sns_mail_and_how_much_they_ask")]),
    row(116, "177", "kinds; else a new user of SNS", &[Test("page_rules::sections::s115_s116_kinds_of_sns_mail_and_how_much_they_ask")]),
    row(117, "181-184", "another topic gets a badge; region", &[Test("page_rules::sections::s117_another_topic_gets_a_badge_and_the_region_is_shown")]),
    row(118, "188", "alarm, state and reason; OK closes it", &[Test("page_rules::sections::s118_the_alarm_is_read_and_its_ok_closes_it")]),
    row(119, "188", "open until a named person works on it", &[Test("page_rules::sections::s119_s120_open_until_a_named_person_works_on_it"), Test("desk_rules::s119_s147_claimed_by_name")]),
    row(120, "188", "contact ciduty", &[Test("page_rules::sections::s119_s120_open_until_a_named_person_works_on_it")]),
    row(121, "192", "the fix is what silences it", &[Text("sns", "Fix what is wrong underneath")]),
    row(122, "196", "better: an IRC bot", &[Text("sns", "an IRC bot fed by SNS")]),
    row(123, "200", "not ignored for ever", &[Test("desk_rules::s061_s123_what_must_be_addressed_is_not_ignored_for_ever"), Later("the guard of the export")]),
    row(124, "200", "subject or address", &[Test("page_rules::sections::s114_s124_subject_or_address")]),
    row(125, "206", "why", &[Text("chromecast", "it belongs to no single developer")]),
    row(126, "210", "the sentence that breaks off", &[Test("page_rules::index::s041_s042_s126_no_action_is_said_to_be_none")]),
    row(127, "214", "more than light", &[Test("page_rules::sections::s127_s128_s129_light_traffic_promotion_and_whom_to_forward_to")]),
    row(128, "214", "promotion, else forward to both", &[Test("page_rules::sections::s127_s128_s129_light_traffic_promotion_and_whom_to_forward_to"), Test("desk_rules::s128_one_key_forwards_to_both")]),
    row(129, "222", "by address", &[Test("page_rules::sections::s127_s128_s129_light_traffic_promotion_and_whom_to_forward_to")]),
    row(130, "222", "the other filter, for export", &[Later("with the export of filters")]),
    row(131, "230", "why", &[Text("mozdef", "it reads ours from Papertrail")]),
    row(132, "232", "bug 1290261", &[Test("page_rules::index::s014_s038_s132_bugs_are_linked")]),
    row(133, "236", "who sends it", &[Text("mozdef", "a cron job of infosec")]),
    row(134, "240", "what normal looks like", &[Test("page_rules::sections::s134_s135_s138_what_normal_looks_like")]),
    row(135, "242", "notify team and infosec", &[Test("page_rules::sections::s134_s135_s138_what_normal_looks_like")]),
    row(136, "246", "more than one an hour", &[Test("page_rules::sections::s136_more_than_one_an_hour_is_a_deviation")]),
    row(137, "250", "the frequency can be changed", &[Test("page_rules::sections::s137_the_frequency_is_in_the_runbook")]),
    row(138, "254", "by address", &[Test("page_rules::sections::s134_s135_s138_what_normal_looks_like")]),
    row(139, "261, 265", "people write it: no collapse", &[Test("page_rules::sections::s139_s140_s143_mail_of_people")]),
    row(140, "269", "read and handled", &[Test("page_rules::sections::s139_s140_s143_mail_of_people")]),
    row(141, "273", "no default way to silence it", &[Text("moc-notifications", "Depends on what it is about")]),
    row(142, "277", "mana knows", &[Text("moc-notifications", "Look in mana whether anything changed")]),
    row(143, "281", "by address", &[Test("page_rules::sections::s139_s140_s143_mail_of_people")]),
    row(144, "288", "codes are hidden", &[Test("page_rules::index::s050_s144_partners_and_codes_are_hidden")]),
    row(145, "289", "why", &[Text("appleagent", "It is the account to fall back to")]),
    row(146, "293", "another sender gets a badge", &[Test("page_rules::sections::s146_mail_that_is_not_from_apple_gets_a_badge")]),
    row(147, "297", "claimed by reply", &[Test("page_rules::sections::s147_s148_claim_by_reply_or_escalate"), Test("desk_rules::s119_s147_claimed_by_name")]),
    row(148, "298", "unclaimed: escalate", &[Test("page_rules::sections::s147_s148_claim_by_reply_or_escalate")]),
    row(149, "302, 310", "depends; by address", &[Text("appleagent", "Depends on what it is about"), Text("appleagent", "By the To address")]),
    row(150, "312-337", "a draft in the page's six headings", &[Later("with the import of wiki pages")]),
    row(151, "316", "asks why it helps", &[Later("with the import of wiki pages")]),
    row(152, "320", "asks for source, hosts, and how it runs", &[Later("with the import of wiki pages")]),
    row(153, "324", "for information", &[Test("page_rules::sections::s153_s154_s155_s156_s157_puppet")]),
    row(154, "325", "cleaned once already", &[Test("page_rules::sections::s153_s154_s155_s156_s157_puppet")]),
    row(155, "325", "paired by name, in either order", &[Test("page_rules::sections::s153_s154_s155_s156_s157_puppet")]),
    row(156, "325", "signed by itself", &[Test("page_rules::sections::s153_s154_s155_s156_s157_puppet")]),
    row(157, "325", "not cleaned: the page gives no step", &[Test("page_rules::sections::s153_s154_s155_s156_s157_puppet")]),
    row(158, "329", "asks how it can be stopped", &[Later("with the import of wiki pages")]),
    row(159, "333", "asks for plans", &[Later("with the import of wiki pages")]),
    row(160, "337", "asks what sets it apart", &[Later("with the import of wiki pages")]),
    row(161, "343", "category adhoc-signing", &[Test("page_rules::sections::s161_s163_s164_adhoc_signing_is_expected_or_not")]),
    row(162, "347", "link to the source", &[Text("adhoc-signing", "relpro in adhoc-signing")]),
    row(163, "351", "expected or not", &[Test("page_rules::sections::s161_s163_s164_adhoc_signing_is_expected_or_not")]),
    row(164, "355, 363", "depends; by address", &[Test("page_rules::sections::s161_s163_s164_adhoc_signing_is_expected_or_not"), Text("adhoc-signing", "Depends on what it is about")]),
];

#[test]
fn every_rule_of_the_page_stands_in_the_table_once() {
    assert!(TABLE.iter().map(|row| row.number).eq(1..=RULES), "a number is missing, double, or out of order");
    for row in TABLE {
        assert!(!row.proofs.is_empty() && !row.does.is_empty(), "S{:03}", row.number);
        assert!(lines_of(row).iter().all(|line| (6..=363).contains(line)), "S{:03}", row.number);
    }
}

/// S123 is held but for one half of it; all others are held, or wait as a whole.
#[test]
fn only_what_may_wait_waits() {
    let waits = |row: &&Rule| row.proofs.iter().any(|proof| matches!(proof, Later(_)));
    assert_eq!(TABLE.iter().filter(waits).map(|row| row.number).collect::<Vec<_>>(), LATER);
    for row in TABLE.iter().filter(waits) {
        let held = row.proofs.iter().any(|proof| !matches!(proof, Later(_)));
        assert_eq!(held, row.number == 123, "S{:03}", row.number);
        assert!(row.proofs.iter().all(|proof| !matches!(proof, Later(why) if why.is_empty())), "S{:03}", row.number);
    }
}

#[test]
fn every_test_in_the_table_is_there_and_names_the_rule() {
    let mut wrong = Vec::new();
    for row in TABLE {
        for proof in row.proofs {
            let Test(path) = proof else { continue };
            match source_of(path) {
                None => wrong.push(format!("S{:03}: there is no test {path}", row.number)),
                Some(source) if !names(&source, row.number) => {
                    wrong.push(format!("S{:03}: {path} does not name it", row.number));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_text_in_the_table_is_shown_with_its_line_of_the_page() {
    let mut wrong = Vec::new();
    for row in TABLE {
        for proof in row.proofs {
            let Text(runbook, words) = proof else { continue };
            let lines = lines_of(row);
            let shown = facts(book(runbook))
                .into_iter()
                .any(|(text, cited)| text.contains(words) && lines.iter().any(|line| cited.contains(line)));
            if !shown {
                wrong.push(format!("S{:03}: “{words}” with line {} is not in {runbook}", row.number, row.lines));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table would notice what it is there to notice.
#[test]
fn a_test_that_is_not_there_or_names_nothing_is_noticed() {
    assert_eq!(source_of("page_rules::table::no_such_test"), None);
    assert_eq!(source_of("no_such_file::anything"), None);
    assert_eq!(source_of("page_rules::table::source_of"), None, "a function that is no test");
    let own = source_of("page_rules::index::s005_an_address_outranks_a_subject").unwrap();
    assert!(names(&own, 5) && !names(&own, 6) && !names(&own, 50));
}

/// Documentation, attributes and body of a test: `module::function` below `tests/it`; `None` where there is none.
fn source_of(path: &str) -> Option<String> {
    let (module, function) = path.rsplit_once("::")?;
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(module.replace("::", "/"));
    let file = [place.with_extension("rs"), place.join("mod.rs")].into_iter().find(|file| file.is_file())?;
    let text = std::fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let head = format!("fn {function}(");
    let at = lines.iter().position(|line| line.trim_start().starts_with(&head))?;
    let above = lines[..at].iter().rposition(|line| line.trim().is_empty()).map_or(0, |line| line + 1);
    let below = lines[at..].iter().position(|line| *line == "}").map_or(lines.len(), |end| at + end + 1);
    let test = lines[above..at].iter().any(|line| line.trim() == "#[test]");
    test.then(|| lines[above..below].join("\n"))
}

/// Whether a test's source names a rule: `S066`, or `s066` in its name.
fn names(source: &str, number: u16) -> bool {
    source.to_lowercase().contains(&format!("s{number:03}"))
}

/// `181-184` or `261, 265`.
fn numbers(text: &str) -> BTreeSet<u32> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let range = |part: &str| match part.split_once('-') {
        Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| from..=to),
        None => number(part).map(|line| line..=line),
    };
    text.split(',').filter_map(range).flatten().collect()
}

fn lines_of(row: &Rule) -> BTreeSet<u32> {
    numbers(row.lines)
}

/// What a runbook shows, with the lines of the page that it names: each section, case, gap, lost link, and what would be better.
fn facts(book: &Runbook) -> Vec<(String, BTreeSet<u32>)> {
    let citation = regex::Regex::new(r"\blines? ([0-9][0-9, -]*)").unwrap();
    let cited =
        |text: &str| citation.captures_iter(text).flat_map(|found| numbers(&found[1])).collect::<BTreeSet<u32>>();
    let mut facts = Vec::new();
    for section in &book.sections {
        let text: Vec<String> = section.blocks.iter().map(plain).collect();
        let text = text.join("\n");
        let lines = cited(&text);
        facts.push((text, lines));
    }
    for case in &book.cases {
        let texts = [Some(&case.headline), case.warn.as_ref(), case.if_unknown.as_ref()].into_iter().flatten();
        let steps = case.steps.iter().map(|step| &step.text);
        facts.extend(texts.chain(steps).map(|text| (text.clone(), case.line.into_iter().collect())));
    }
    facts.extend(book.gaps.iter().map(|gap| (gap.text.clone(), gap.line.into_iter().collect())));
    for text in book.better.iter().chain(&book.never_ignore) {
        facts.push((text.clone(), cited(text)));
    }
    for link in &book.links {
        if let RunbookLink::Lost(what, line) = link {
            facts.push((what.clone(), line.iter().copied().collect()));
        }
    }
    facts
}

fn plain(block: &Block) -> String {
    let words = |inlines: &[Inline]| -> String {
        let word = |inline: &Inline| match inline {
            Inline::Text(text) | Inline::Strong(text) | Inline::Code(text) | Inline::Link(text, _) => text.clone(),
        };
        inlines.iter().map(word).collect()
    };
    match block {
        Block::Text(text) | Block::Item { text, .. } => words(text),
        Block::Code(text) => text.clone(),
    }
}
