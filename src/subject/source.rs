//! The texts of the adapters, embedded in this binary.

use crate::tree::Tree;

/// The files of an adapter's folder, each with its name.
pub(super) fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Tree::fixtures().below("subjects").below(folder);
    let names = folder.files().unwrap_or_default();
    names.into_iter().filter_map(|name| Some((name.clone(), folder.read(&name).ok()?.into_owned()))).collect()
}

/// An adapter whose files are one program: each uses what the ones before it define.
pub(super) fn text(folder: &str, files: &[&str]) -> String {
    let folder = Tree::fixtures().below("subjects").below(folder);
    files.iter().filter_map(|file| folder.read(file).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_its_files_and_a_text_has_them_in_order() {
        let files = files("python");
        assert!(files.iter().any(|(name, text)| name == "calls.py" && !text.is_empty()));
        let text = text("python", &["values.py", "calls.py"]);
        assert!(text.starts_with("\"\"\"The socket module") && text.len() > files[0].1.len());
    }
}
