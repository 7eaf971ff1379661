//! The runbooks that are compiled in: the files of `runbooks/`, in order. A test compares this table with the folder.

/// Path below `runbooks/`, and text. The order is that of the set: earlier ones win where two match alike (R31).
pub(super) const SHIPPED: &[(&str, &str)] = &[
    // The release engineering page, in its order: first the Index, then the sections without a row.
    ("releng/perf-metrics.md", include_str!("../../runbooks/releng/perf-metrics.md")),
    ("releng/talos.md", include_str!("../../runbooks/releng/talos.md")),
    ("releng/try-submission.md", include_str!("../../runbooks/releng/try-submission.md")),
    ("releng/vcs2vcs.md", include_str!("../../runbooks/releng/vcs2vcs.md")),
    ("releng/release-runner.md", include_str!("../../runbooks/releng/release-runner.md")),
    ("releng/amp.md", include_str!("../../runbooks/releng/amp.md")),
    ("releng/aws.md", include_str!("../../runbooks/releng/aws.md")),
    ("releng/bitbucket.md", include_str!("../../runbooks/releng/bitbucket.md")),
    ("releng/aws-sanity-check.md", include_str!("../../runbooks/releng/aws-sanity-check.md")),
    ("releng/ec2-cron.md", include_str!("../../runbooks/releng/ec2-cron.md")),
    ("releng/sns.md", include_str!("../../runbooks/releng/sns.md")),
    ("releng/chromecast.md", include_str!("../../runbooks/releng/chromecast.md")),
    ("releng/v2v-gh.md", include_str!("../../runbooks/releng/v2v-gh.md")),
    ("releng/roku.md", include_str!("../../runbooks/releng/roku.md")),
    ("releng/signaddons.md", include_str!("../../runbooks/releng/signaddons.md")),
    ("releng/ubuntu-store.md", include_str!("../../runbooks/releng/ubuntu-store.md")),
    ("releng/mozdef.md", include_str!("../../runbooks/releng/mozdef.md")),
    ("releng/moc-notifications.md", include_str!("../../runbooks/releng/moc-notifications.md")),
    ("releng/appleagent.md", include_str!("../../runbooks/releng/appleagent.md")),
    ("releng/change-window.md", include_str!("../../runbooks/releng/change-window.md")),
    ("releng/github.md", include_str!("../../runbooks/releng/github.md")),
    ("releng/ec2-retirement.md", include_str!("../../runbooks/releng/ec2-retirement.md")),
    ("releng/puppet.md", include_str!("../../runbooks/releng/puppet.md")),
    ("releng/adhoc-signing.md", include_str!("../../runbooks/releng/adhoc-signing.md")),
];
