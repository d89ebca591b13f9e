//! Which image files there are, and the class of each.

use crate::DataError;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// An image file and its class.
pub struct Labelled {
    pub path: PathBuf,
    pub class: u16,
}

/// The names of the folders in a folder, in order, but for `without` and hidden ones.
pub fn class_folders(folder: &Path, without: &[&str]) -> Result<Vec<String>, DataError> {
    let mut names: Vec<String> =
        entries(folder)?.iter().filter(|path| path.is_dir()).filter_map(|path| name(path)).map(str::to_string).collect();
    names.retain(|name| !name.starts_with('.') && !without.contains(&name.as_str()));
    match names.len() {
        2.. if u16::try_from(names.len()).is_ok() => Ok(names),
        found => Err(DataError::ClassFolders { path: folder.into(), found }),
    }
}

/// The images in the folders of `classes` inside a folder; each class has some. Another folder is an error.
pub fn labelled(folder: &Path, classes: &[String]) -> Result<Vec<Labelled>, DataError> {
    let mut files = Vec::new();
    for (class, name) in (0u16..).zip(classes) {
        let before = files.len();
        let inside = folder.join(name);
        images(&inside, &mut |path| files.push(Labelled { path, class }))?;
        if files.len() == before {
            return Err(DataError::Empty { path: inside });
        }
    }
    Ok(files)
}

/// The images that `val_annotations.txt` lists: file, class, and a box that is not read, with tabs between.
pub fn tiny_imagenet_test(folder: &Path, classes: &[String]) -> Result<Vec<Labelled>, DataError> {
    let list = folder.join("val_annotations.txt");
    let text = fs::read_to_string(&list).map_err(|cause| DataError::Read { path: list.clone(), cause })?;
    let labelled = |(line, text): (usize, &str)| {
        let mut words = text.split('\t');
        let (file, class) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match classes.iter().position(|name| name == class) {
            Some(class) => Ok(Labelled { path: folder.join("images").join(file), class: class as u16 }),
            None => Err(DataError::UnknownClass { path: list.clone(), line: line + 1, class: class.into() }),
        }
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(labelled).collect()
}

/// Gives every image file below a folder to `take`, in order.
fn images(folder: &Path, take: &mut dyn FnMut(PathBuf)) -> Result<(), DataError> {
    for path in entries(folder)? {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
        if path.is_dir() {
            images(&path, take)?;
        } else if ["png", "jpg", "jpeg"].contains(&extension.as_str()) {
            take(path);
        }
    }
    Ok(())
}

/// What lies in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |cause| DataError::Read { path: folder.into(), cause };
    let entries: Result<Vec<PathBuf>, _> =
        fs::read_dir(folder).map_err(unreadable)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut entries = entries.map_err(unreadable)?;
    entries.sort();
    Ok(entries)
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}
