//! What the operator *sees*: one file a pane, and the theme.
