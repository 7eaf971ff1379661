//! The timeline of an incident, in words.

use super::model::Model;

/// Shows the timeline of the incident under the cursor.
pub(super) fn show(model: &mut Model) {
    let _ = model;
}
