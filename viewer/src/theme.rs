//! In: dark or light. Out: every colour and size the viewer uses, and egui's style made from them.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, vec2};

use crate::model::ThemeChoice;

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

/// Every colour of the viewer, for one of the two themes. Hues are Okabe and Ito's, which colour-blind people can tell
/// apart; where one of them is too faint for text on the theme's surfaces, a `_text` twin of the same hue is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Which theme.
    pub choice: ThemeChoice,
    /// Background of the 3D pane.
    pub scene: Color32,
    /// Bars at the top and the bottom.
    pub bar: Color32,
    /// Panels.
    pub panel: Color32,
    /// Cards, menus and dialogs, which float.
    pub card: Color32,
    /// Text fields and plots, which are sunk.
    pub field: Color32,
    /// Buttons.
    pub widget: Color32,
    /// Buttons under the pointer.
    pub widget_hover: Color32,
    /// Buttons held down.
    pub widget_active: Color32,
    /// Every other line of a table.
    pub stripe: Color32,
    /// Hairlines.
    pub outline: Color32,
    /// Edges of controls, which must be seen.
    pub outline_strong: Color32,
    /// Names and numbers.
    pub text_strong: Color32,
    /// Text.
    pub text: Color32,
    /// Remarks and units.
    pub text_weak: Color32,
    /// Fill of the main button and of what is switched on.
    pub accent: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// Text and marks in the accent's hue.
    pub accent_text: Color32,
    /// Positive links (solid lines).
    pub positive: Color32,
    /// Text about positive links.
    pub positive_text: Color32,
    /// Negative links (dashed lines).
    pub negative: Color32,
    /// Text about negative links.
    pub negative_text: Color32,
    /// Hyperedges.
    pub hyper: Color32,
    /// Text about hyperedges.
    pub hyper_text: Color32,
    /// Planted links.
    pub truth: Color32,
    /// Variables.
    pub node: Color32,
    /// What is selected.
    pub selection: Color32,
    /// Names in the 3D pane.
    pub label: Color32,
    /// Halo behind names in the 3D pane.
    pub label_halo: Color32,
    /// Something went well, or is live.
    pub success: Color32,
    /// Something needs attention.
    pub warning: Color32,
    /// Something failed.
    pub error: Color32,
    /// Dims the window behind a dialog.
    pub backdrop: Color32,
    /// Shadow below cards.
    pub shadow: Color32,
    /// One colour per regime, repeating.
    pub regimes: [Color32; 6],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Theme {
    /// Light marks on near-black.
    pub const DARK: Self = Self {
        choice: ThemeChoice::Dark,
        scene: rgb(0x0d1015),
        bar: rgb(0x11151a),
        panel: rgb(0x151a20),
        card: rgb(0x1c222a),
        field: rgb(0x0e1216),
        widget: rgb(0x272e38),
        widget_hover: rgb(0x323b47),
        widget_active: rgb(0x3d4856),
        stripe: rgb(0x191e25),
        outline: rgb(0x29313b),
        outline_strong: rgb(0x68778a),
        text_strong: rgb(0xf1f4f7),
        text: rgb(0xc6ced8),
        text_weak: rgb(0x93a0af),
        accent: rgb(0x0072b2),
        on_accent: rgb(0xffffff),
        accent_text: rgb(0x6cc1f0),
        positive: rgb(0xe69f00),
        positive_text: rgb(0xf0b53c),
        negative: rgb(0x56b4e9),
        negative_text: rgb(0x6cc1f0),
        hyper: rgb(0xcc79a7),
        hyper_text: rgb(0xdb98bd),
        truth: rgb(0x00b386),
        node: rgb(0xd5dbe3),
        selection: rgb(0xf0e442),
        label: rgb(0xe6eaef),
        label_halo: rgb(0x0d1015),
        success: rgb(0x2cc497),
        warning: rgb(0xf0e442),
        error: rgb(0xff8a4c),
        backdrop: Color32::from_rgba_premultiplied(4, 6, 8, 168),
        shadow: Color32::from_rgba_premultiplied(0, 0, 0, 110),
        regimes: [rgb(0x56b4e9), rgb(0xe69f00), rgb(0x009e73), rgb(0xcc79a7), rgb(0xf0e442), rgb(0xd55e00)],
    };

    /// Dark marks on near-white.
    pub const LIGHT: Self = Self {
        choice: ThemeChoice::Light,
        scene: rgb(0xfbfcfd),
        bar: rgb(0xe9edf1),
        panel: rgb(0xf4f6f8),
        card: rgb(0xffffff),
        field: rgb(0xffffff),
        widget: rgb(0xe1e6eb),
        widget_hover: rgb(0xd4dbe3),
        widget_active: rgb(0xc5cfd9),
        stripe: rgb(0xeef1f4),
        outline: rgb(0xd3dae1),
        outline_strong: rgb(0x7c8896),
        text_strong: rgb(0x0d1318),
        text: rgb(0x2a333d),
        text_weak: rgb(0x525d69),
        accent: rgb(0x0072b2),
        on_accent: rgb(0xffffff),
        accent_text: rgb(0x005f96),
        positive: rgb(0xd55e00),
        positive_text: rgb(0x9c4400),
        negative: rgb(0x0072b2),
        negative_text: rgb(0x005f96),
        hyper: rgb(0xb0578a),
        hyper_text: rgb(0x8c3f6b),
        truth: rgb(0x008761),
        node: rgb(0x38424d),
        selection: rgb(0x7a5cd6),
        label: rgb(0x161c22),
        label_halo: rgb(0xfbfcfd),
        success: rgb(0x006b4d),
        warning: rgb(0x7a5600),
        error: rgb(0xa83a00),
        backdrop: Color32::from_rgba_premultiplied(26, 32, 38, 110),
        shadow: Color32::from_rgba_premultiplied(0, 0, 0, 40),
        regimes: [rgb(0x0072b2), rgb(0xd55e00), rgb(0x009e73), rgb(0xb0578a), rgb(0xb39b00), rgb(0x38424d)],
    };

    /// The theme of that name.
    pub const fn of(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::Dark => Self::DARK,
            ThemeChoice::Light => Self::LIGHT,
        }
    }

    /// Whether marks are light on dark.
    pub fn is_dark(&self) -> bool {
        self.choice == ThemeChoice::Dark
    }

    /// Colour of a link's line by the sign of its weight.
    pub fn sign(&self, weight: f64) -> Color32 {
        if weight < 0.0 { self.negative } else { self.positive }
    }

    /// Colour of text about a link by the sign of its weight.
    pub fn sign_text(&self, weight: f64) -> Color32 {
        if weight < 0.0 { self.negative_text } else { self.positive_text }
    }

    /// Colour of a regime.
    pub fn regime(&self, regime: u32) -> Color32 {
        self.regimes[regime as usize % self.regimes.len()]
    }

    /// Every pair of text and the surface it is drawn on, named, for the contrast check.
    pub fn text_pairs(&self) -> Vec<(String, Color32, Color32)> {
        let surfaces = [
            ("bar", self.bar),
            ("panel", self.panel),
            ("card", self.card),
            ("field", self.field),
            ("stripe", self.stripe),
        ];
        let texts = [
            ("text_strong", self.text_strong),
            ("text", self.text),
            ("text_weak", self.text_weak),
            ("accent_text", self.accent_text),
            ("positive_text", self.positive_text),
            ("negative_text", self.negative_text),
            ("hyper_text", self.hyper_text),
            ("success", self.success),
            ("warning", self.warning),
            ("error", self.error),
        ];
        let mut pairs: Vec<_> = texts
            .iter()
            .flat_map(|(text_name, text)| {
                surfaces.iter().map(move |(name, surface)| (format!("{text_name} on {name}"), *text, *surface))
            })
            .collect();
        pairs.push(("label on scene".into(), self.label, self.scene));
        pairs.push(("on_accent on accent".into(), self.on_accent, self.accent));
        for (name, widget) in
            [("widget", self.widget), ("widget_hover", self.widget_hover), ("widget_active", self.widget_active)]
        {
            pairs.push((format!("text_strong on {name}"), self.text_strong, widget));
        }
        pairs.push(("text on widget".into(), self.text, self.widget));
        pairs
    }

    /// Every pair of mark and the surface it is drawn on; marks need less contrast than text.
    pub fn mark_pairs(&self) -> Vec<(String, Color32, Color32)> {
        let marks = [
            ("positive", self.positive),
            ("negative", self.negative),
            ("hyper", self.hyper),
            ("truth", self.truth),
            ("node", self.node),
            ("selection", self.selection),
        ];
        let mut pairs: Vec<_> = marks
            .iter()
            .flat_map(|(name, mark)| {
                [(format!("{name} on scene"), *mark, self.scene), (format!("{name} on card"), *mark, self.card)]
            })
            .collect();
        for (name, surface) in [("panel", self.panel), ("card", self.card), ("field", self.field)] {
            pairs.push((format!("outline_strong on {name}"), self.outline_strong, surface));
        }
        pairs
    }
}

/// Relative luminance of an opaque sRGB colour, `[0, 1]` (WCAG 2).
pub fn luminance(color: Color32) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

/// Contrast ratio of two opaque colours, `[1, 21]` (WCAG 2).
pub fn contrast(a: Color32, b: Color32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Gives egui this theme and this scale. Cheap when nothing changed, so it may be called every frame.
pub fn apply(ctx: &egui::Context, theme: &Theme, ui_scale: f32) {
    let scale = ui_scale.clamp(0.75, 2.0);
    let applied = egui::Id::new("scarcity_theme_applied");
    let wanted = (theme.is_dark(), scale.to_bits());
    if ctx.data(|data| data.get_temp::<(bool, u32)>(applied)) == Some(wanted) {
        return;
    }
    ctx.data_mut(|data| data.insert_temp(applied, wanted));
    ctx.set_zoom_factor(scale);
    set_fonts(ctx);
    let egui_theme = if theme.is_dark() { egui::Theme::Dark } else { egui::Theme::Light };
    ctx.set_theme(egui_theme);
    ctx.style_mut_of(egui_theme, |style| set_style(style, theme));
}

/// The text face has no arrows or diamonds; the monospaced one has, so it is asked where the first is silent.
fn set_fonts(ctx: &egui::Context) {
    let mut fonts = egui::FontDefinitions::default();
    let monospaced = fonts.families.get(&FontFamily::Monospace).and_then(|names| names.first()).cloned();
    let symbols = monospaced.and_then(|name| fonts.font_data.get(&name)).map(|data| {
        let mut data = egui::FontData::clone(data);
        // Its arrows are small beside the text face's letters.
        data.tweak.scale = 1.2;
        data
    });
    if let (Some(symbols), Some(proportional)) = (symbols, fonts.families.get_mut(&FontFamily::Proportional)) {
        fonts.font_data.insert("symbols".into(), symbols.into());
        proportional.insert(proportional.len().min(1), "symbols".into());
    }
    ctx.set_fonts(fonts);
}

/// Lets controls fade and slide, or not.
pub fn set_motion(ctx: &egui::Context, reduced: bool) {
    if reduced && ctx.global_style().animation_time > 0.0 {
        ctx.all_styles_mut(|style| {
            style.animation_time = 0.0;
            style.scroll_animation = egui::style::ScrollAnimation::none();
        });
    } else if !reduced && ctx.data(|data| data.get_temp::<bool>(egui::Id::new("scarcity_motion"))) == Some(true) {
        let usual = egui::Style::default();
        ctx.all_styles_mut(|style| {
            style.animation_time = usual.animation_time;
            style.scroll_animation = usual.scroll_animation;
        });
    }
    ctx.data_mut(|data| data.insert_temp(egui::Id::new("scarcity_motion"), reduced));
}

fn set_style(style: &mut egui::Style, theme: &Theme) {
    use FontFamily::{Monospace, Proportional};
    style.text_styles = [
        (TextStyle::Small, FontId::new(text_size::SMALL, Proportional)),
        (TextStyle::Body, FontId::new(text_size::BODY, Proportional)),
        (TextStyle::Button, FontId::new(text_size::BODY, Proportional)),
        (TextStyle::Heading, FontId::new(text_size::HEADING, Proportional)),
        (TextStyle::Monospace, FontId::new(text_size::SMALL + 0.5, Monospace)),
    ]
    .into();
    set_spacing(&mut style.spacing);
    set_visuals(&mut style.visuals, theme);
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.3;
    #[cfg(debug_assertions)]
    {
        style.debug.show_unaligned = false;
    }
}

fn set_spacing(spacing: &mut egui::style::Spacing) {
    spacing.item_spacing = vec2(8.0, space::S);
    spacing.button_padding = vec2(10.0, 4.0);
    spacing.interact_size = vec2(40.0, size::CONTROL);
    spacing.window_margin = Margin::same(space::L as i8);
    spacing.menu_margin = Margin::same(space::S as i8);
    spacing.icon_width = 15.0;
    spacing.icon_width_inner = 9.0;
    spacing.icon_spacing = 6.0;
    spacing.slider_rail_height = 4.0;
    spacing.combo_width = 120.0;
    spacing.tooltip_width = 320.0;
    spacing.scroll = egui::style::ScrollStyle { floating: true, ..egui::style::ScrollStyle::thin() };
}

fn set_visuals(visuals: &mut egui::Visuals, theme: &Theme) {
    *visuals = if theme.is_dark() { egui::Visuals::dark() } else { egui::Visuals::light() };
    let radius = CornerRadius::same(size::RADIUS);
    let hairline = |color| Stroke::new(size::HAIRLINE, color);
    let shadow = Shadow { offset: [0, 6], blur: 18, spread: 0, color: theme.shadow };

    visuals.weak_text_color = Some(theme.text_weak);
    visuals.hyperlink_color = theme.accent_text;
    visuals.faint_bg_color = theme.stripe;
    visuals.extreme_bg_color = theme.field;
    visuals.code_bg_color = theme.field;
    visuals.warn_fg_color = theme.warning;
    visuals.error_fg_color = theme.error;
    visuals.window_corner_radius = CornerRadius::same(size::RADIUS_CARD);
    visuals.menu_corner_radius = CornerRadius::same(size::RADIUS_CARD);
    visuals.window_fill = theme.card;
    visuals.window_stroke = hairline(theme.outline);
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.panel_fill = theme.panel;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals.selection.bg_fill = theme.accent;
    visuals.selection.stroke = hairline(theme.on_accent);

    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_fill = theme.panel;
    widgets.noninteractive.weak_bg_fill = theme.panel;
    widgets.noninteractive.bg_stroke = hairline(theme.outline);
    widgets.noninteractive.fg_stroke = hairline(theme.text);
    for (widget, fill, edge, text) in [
        (&mut widgets.inactive, theme.widget, theme.outline_strong, theme.text),
        (&mut widgets.hovered, theme.widget_hover, theme.outline_strong, theme.text_strong),
        (&mut widgets.active, theme.widget_active, theme.accent_text, theme.text_strong),
        (&mut widgets.open, theme.widget_hover, theme.outline_strong, theme.text_strong),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = hairline(edge);
        widget.fg_stroke = hairline(text);
        widget.expansion = 0.0;
        widget.corner_radius = radius;
    }
    widgets.inactive.bg_stroke = hairline(theme.outline);
    widgets.noninteractive.corner_radius = radius;
}

/// A frame for cards that float over the 3D pane.
pub fn card_frame(theme: &Theme) -> egui::Frame {
    egui::Frame::new()
        .fill(theme.card)
        .stroke(Stroke::new(size::HAIRLINE, theme.outline))
        .corner_radius(CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(Margin::same(space::M as i8))
        .shadow(Shadow { offset: [0, 4], blur: 14, spread: 0, color: theme.shadow })
}

/// Close lines, for panels full of numbers.
pub fn set_dense(ui: &mut egui::Ui) {
    ui.spacing_mut().item_spacing = vec2(8.0, 3.0);
    ui.spacing_mut().interact_size.y = 18.0;
}

/// Edges that are seen, for what would otherwise be a faint box: check boxes and text fields.
pub fn set_strong_edges(ui: &mut egui::Ui, theme: &Theme) {
    ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(size::HAIRLINE, theme.outline_strong);
}
