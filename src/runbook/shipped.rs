//! The runbooks that are compiled in: the files of `runbooks/`, in order. A test compares this table with the folder.

/// Path below `runbooks/`, and text. The order is that of the set: earlier ones win where two match alike (R31).
pub(super) const SHIPPED: &[(&str, &str)] = &[];
