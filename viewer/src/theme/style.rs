//! In: a theme and a scale. Out: egui's fonts, spacing and visuals made from them.

use egui::{CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, vec2};

use super::{Theme, size, space, text_size};

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
