//! The HTML report in a headless Chromium.
