//! Themes: contrast by the numbers, colours that differ, and glyphs that exist.

use std::path::Path;

use egui::Color32;
use scarcity_viewer::model::ThemeChoice;
use scarcity_viewer::theme::{self, Theme, contrast, luminance};

const BOTH: [ThemeChoice; 2] = [ThemeChoice::Dark, ThemeChoice::Light];

fn one_frame(ctx: &egui::Context) {
    ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
}

#[test]
fn contrast_is_computed_as_wcag_does() {
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
    assert!((contrast(Color32::from_gray(0x76), Color32::WHITE) - 4.54).abs() < 0.01);
    assert!((luminance(Color32::from_rgb(255, 0, 0)) - 0.2126).abs() < 1e-9);
}

#[test]
fn text_is_readable_on_every_surface_it_is_drawn_on() {
    for choice in BOTH {
        for (pair, text, surface) in Theme::of(choice).text_pairs() {
            let ratio = contrast(text, surface);
            assert!(ratio >= 4.5, "{choice:?}: {pair} has {ratio:.2}");
        }
    }
}

#[test]
fn marks_are_seen_on_every_surface_they_are_drawn_on() {
    for choice in BOTH {
        for (pair, mark, surface) in Theme::of(choice).mark_pairs() {
            let ratio = contrast(mark, surface);
            assert!(ratio >= 3.0, "{choice:?}: {pair} has {ratio:.2}");
        }
    }
}

#[test]
fn applying_a_theme_colours_egui() {
    for choice in BOTH {
        let ctx = egui::Context::default();
        let theme = Theme::of(choice);
        theme::apply(&ctx, &theme, 1.5);
        one_frame(&ctx);
        let style = ctx.global_style();
        assert_eq!(style.visuals.dark_mode, theme.is_dark());
        assert_eq!(style.visuals.panel_fill, theme.panel);
        assert_eq!(ctx.zoom_factor(), 1.5);
    }
}

#[test]
fn signs_differ_in_hue_and_regimes_repeat() {
    for choice in BOTH {
        let theme = Theme::of(choice);
        assert_ne!(theme.sign(1.0), theme.sign(-1.0));
        assert_eq!(theme.regime(1), theme.regime(7));
        assert_ne!(theme.regime(0), theme.regime(1));
    }
}

#[test]
fn every_character_the_panels_write_has_a_glyph() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/panels");
    let mut text = String::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let source = std::fs::read_to_string(path).unwrap();
                text.extend(source.lines().filter(|line| !line.trim_start().starts_with("//")).map(String::from));
            }
        }
    }
    let characters: std::collections::BTreeSet<char> = text.chars().filter(|c| !c.is_ascii()).collect();
    assert!(characters.contains(&'→'), "the sources were read");
    let ctx = egui::Context::default();
    theme::apply(&ctx, &Theme::of(ThemeChoice::Dark), 1.0);
    one_frame(&ctx);
    // What has no glyph is drawn as the same box as a character that does not exist.
    let drawn = |character: char| {
        let font = egui::FontId::proportional(13.0);
        let galley = ctx.fonts_mut(|fonts| fonts.layout_no_wrap(character.to_string(), font, Color32::WHITE));
        galley.rows[0].glyphs[0].uv_rect
    };
    for character in characters {
        assert!(drawn(character) != drawn('\u{10fffe}'), "no glyph for {character:?}");
    }
}
