//! Files of one array, and of arrays with names.

use super::element::{Array, Element, Sort};
use crate::{DataError, file::Contents};
use npyz::{DType, NpyHeader, Order, TypeChar};
use safetensors::{Dtype, SafeTensors};
use std::{
    io::{Cursor, Read},
    path::{Path, PathBuf},
};

/// The most bytes of a file, and of an array in one that is packed.
const LIMIT: u64 = 1 << 33;

/// A `.npy` file.
pub fn npy(path: &Path) -> Result<Array, DataError> {
    array(path.into(), &contents(path)?)
}

/// An array of a `.npz` file.
pub fn npz(path: &Path, name: &str) -> Result<Array, DataError> {
    let broken = |reason: String| DataError::Array { path: path.into(), reason };
    let bytes = contents(path)?;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(format!("is no `.npz` file: {error}")))?;
    let known: Vec<String> = archive.file_names().map(|name| name.trim_end_matches(".npy").to_string()).collect();
    let Ok(file) = archive.by_name(&format!("{name}.npy")) else { return Err(unknown(path, name, known)) };
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes).map_err(|error| broken(format!("does not unpack: {error}")))?;
    array(place(path, name), &bytes)
}

/// A tensor of a `.safetensors` file.
pub fn safetensors(path: &Path, name: &str) -> Result<Array, DataError> {
    let bytes = contents(path)?;
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|error| DataError::Array { path: path.into(), reason: format!("is no `.safetensors` file: {error}") })?;
    let Ok(tensor) = tensors.tensor(name) else {
        return Err(unknown(path, name, tensors.names().into_iter().map(str::to_string).collect()));
    };
    let element = match tensor.dtype() {
        Dtype::BOOL | Dtype::U8 => Some((Sort::Unsigned, 1)),
        Dtype::U16 => Some((Sort::Unsigned, 2)),
        Dtype::U32 => Some((Sort::Unsigned, 4)),
        Dtype::U64 => Some((Sort::Unsigned, 8)),
        Dtype::I8 => Some((Sort::Signed, 1)),
        Dtype::I16 => Some((Sort::Signed, 2)),
        Dtype::I32 => Some((Sort::Signed, 4)),
        Dtype::I64 => Some((Sort::Signed, 8)),
        Dtype::F32 => Some((Sort::Float, 4)),
        Dtype::F64 => Some((Sort::Float, 8)),
        _ => None,
    };
    let element = element.map(|(sort, size)| Element { sort, size, little_endian: true });
    let values = element.and_then(|element| element.decode(tensor.data()));
    let values = values.ok_or_else(|| bad_type(place(path, name), format!("{:?}", tensor.dtype())))?;
    Ok(Array { place: place(path, name), shape: tensor.shape().to_vec(), values })
}

/// An array in NumPy's format.
fn array(place: PathBuf, bytes: &[u8]) -> Result<Array, DataError> {
    let broken = |reason: String| DataError::Array { path: place.clone(), reason };
    let mut rest = bytes;
    let header = NpyHeader::from_reader(&mut rest).map_err(|error| broken(format!("is no `.npy` array: {error}")))?;
    if header.order() == Order::Fortran && header.shape().len() > 1 {
        return Err(broken("has its columns one after the other: save `numpy.ascontiguousarray` of it".into()));
    }
    let unusable = || bad_type(place.clone(), header.dtype().descr());
    let element = element(&header.dtype()).ok_or_else(unusable)?;
    let shape: Vec<usize> = header.shape().iter().map(|&axis| usize::try_from(axis).unwrap_or(usize::MAX)).collect();
    // Saturates for absurd headers; no file is that long.
    let expected = shape.iter().fold(element.size, |product, &axis| product.saturating_mul(axis));
    if rest.len() != expected {
        return Err(broken(format!("has {} bytes of numbers, expected {expected}", rest.len())));
    }
    let values = element.decode(rest).ok_or_else(unusable)?;
    Ok(Array { place, shape, values })
}

fn element(dtype: &DType) -> Option<Element> {
    let DType::Plain(plain) = dtype else { return None };
    let sort = match plain.type_char() {
        TypeChar::Bool | TypeChar::Uint => Sort::Unsigned,
        TypeChar::Int => Sort::Signed,
        TypeChar::Float => Sort::Float,
        _ => return None,
    };
    let size = usize::try_from(plain.size_field()).ok().filter(|size| (1..=8).contains(size))?;
    Some(Element { sort, size, little_endian: plain.endianness() != npyz::Endianness::Big })
}

fn contents(path: &Path) -> Result<Vec<u8>, DataError> {
    Ok(Contents::read_up_to(path, LIMIT)?.bytes)
}

fn place(path: &Path, name: &str) -> PathBuf {
    PathBuf::from(format!("{}#{name}", path.display()))
}

fn unknown(path: &Path, name: &str, mut known: Vec<String>) -> DataError {
    known.sort();
    DataError::ArrayName { path: path.into(), name: name.into(), known }
}

fn bad_type(path: PathBuf, found: String) -> DataError {
    let reason = format!("has numbers of type {found}, expected whole numbers or floats of 32 or 64 bits");
    DataError::Array { path, reason }
}
