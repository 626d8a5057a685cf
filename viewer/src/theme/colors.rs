//! In: dark or light. Out: every colour the viewer uses.

use egui::Color32;

use crate::model::{ChangeKind, ThemeChoice};

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

    /// Colour of what became of a link between two moments.
    pub fn change(&self, kind: ChangeKind) -> Color32 {
        match kind {
            ChangeKind::Added => self.success,
            ChangeKind::Removed => self.error,
            ChangeKind::Reversed => self.hyper,
            ChangeKind::Stronger => self.positive,
            ChangeKind::Weaker => self.negative,
            ChangeKind::Same => self.text_weak,
        }
    }

    /// Colour of text about what became of a link between two moments.
    pub fn change_text(&self, kind: ChangeKind) -> Color32 {
        match kind {
            ChangeKind::Reversed => self.hyper_text,
            ChangeKind::Stronger => self.positive_text,
            ChangeKind::Weaker => self.negative_text,
            other => self.change(other),
        }
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
