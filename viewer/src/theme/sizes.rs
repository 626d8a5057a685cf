//! In: nothing. Out: every text size, distance and length the viewer uses, in points.

/// Text sizes in points.
pub mod text_size {
    /// Remarks, units, axis ticks.
    pub const SMALL: f32 = 11.5;
    /// Everything else.
    pub const BODY: f32 = 13.0;
    /// Titles of panels and sections.
    pub const HEADING: f32 = 14.5;
    /// Titles of dialogs, the selected thing.
    pub const TITLE: f32 = 19.0;
}

/// Distances in points.
pub mod space {
    /// Between things that belong together.
    pub const XS: f32 = 4.0;
    /// Between lines.
    pub const S: f32 = 6.0;
    /// Inside panels.
    pub const M: f32 = 10.0;
    /// Between sections.
    pub const L: f32 = 16.0;
    /// Inside dialogs.
    pub const XL: f32 = 22.0;
}

/// Sizes in points.
pub mod size {
    /// Height of the bar at the top.
    pub const TOP_BAR: f32 = 34.0;
    /// Height of the bar at the bottom.
    pub const STATUS_BAR: f32 = 26.0;
    /// Height of a panel's title line.
    pub const PANE_TITLE: f32 = 28.0;
    /// Height of one line in a list.
    pub const LIST_ROW: f32 = 20.0;
    /// Height of a slim bar.
    pub const BAR: f32 = 5.0;
    /// Smallest clickable thing.
    pub const CONTROL: f32 = 22.0;
    /// Side of a toolbar button.
    pub const TOOL: f32 = 28.0;
    /// Corner radius of widgets.
    pub const RADIUS: u8 = 4;
    /// Corner radius of cards and dialogs.
    pub const RADIUS_CARD: u8 = 8;
    /// Thickness of hairlines.
    pub const HAIRLINE: f32 = 1.0;
}
