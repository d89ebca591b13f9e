//! NumPy's `.npy` files, versions 1 to 3: floats, and whole numbers of any size.

use super::Array;

/// The array in a file's bytes, or what is wrong.
pub fn read(bytes: &[u8]) -> Result<Array, String> {
    let cut = || "it is cut short".to_string();
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or("it does not begin as a .npy file does")?;
    let (version, rest) = rest.split_at_checked(2).ok_or_else(cut)?;
    let (length, rest) = rest.split_at_checked(if version[0] == 1 { 2 } else { 4 }).ok_or_else(cut)?;
    let length = length.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let header = std::str::from_utf8(header).map_err(|_| "its header is not text".to_string())?;
    let (kind, shape) = (quoted(value(header, "descr")?)?, sizes(value(header, "shape")?)?);
    let count = shape.iter().try_fold(1usize, |count, size| count.checked_mul(*size)).ok_or("its sizes are too large")?;
    let (number, size) = reader(kind)?;
    if count.checked_mul(size) != Some(data.len()) {
        return Err(format!("{} bytes of data are no {count} numbers of {size} bytes", data.len()));
    }
    let numbers: Vec<f32> = data.chunks_exact(size).map(number).collect();
    let columns_first = value(header, "fortran_order")?.starts_with("True");
    Ok(Array { numbers: if columns_first { transposed(&numbers, &shape) } else { numbers }, shape })
}

/// What stands behind a key of the header, a Python dictionary.
fn value<'a>(header: &'a str, key: &str) -> Result<&'a str, String> {
    let behind = header.split_once(&format!("'{key}':")).ok_or_else(|| format!("its header has no `{key}`"))?;
    Ok(behind.1.trim_start())
}

fn quoted(text: &str) -> Result<&str, String> {
    text.strip_prefix('\'').and_then(|text| text.split('\'').next()).ok_or_else(|| "its numbers have several parts".to_string())
}

fn sizes(text: &str) -> Result<Vec<usize>, String> {
    let inside = text.strip_prefix('(').and_then(|text| text.split(')').next()).ok_or("its shape is none")?;
    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
    sizes.map(|size| size.parse().map_err(|_| format!("`{size}` in its shape is no size"))).collect()
}

/// How a number is read, and its bytes.
type Reader = (fn(&[u8]) -> f32, usize);

fn reader(kind: &str) -> Result<Reader, String> {
    macro_rules! little {
        ($number:ty) => {
            (|bytes: &[u8]| <$number>::from_le_bytes(bytes.try_into().unwrap_or_default()) as f32, size_of::<$number>())
        };
    }
    Ok(match kind {
        "<f4" => little!(f32),
        "<f8" => little!(f64),
        "<f2" => (|bytes: &[u8]| half::f16::from_le_bytes(bytes.try_into().unwrap_or_default()).to_f32(), 2),
        "|u1" => (|bytes: &[u8]| f32::from(bytes[0]) / 255.0, 1), // image bytes
        "|i1" => little!(i8),
        "<i2" => little!(i16),
        "<u2" => little!(u16),
        "<i4" => little!(i32),
        "<u4" => little!(u32),
        "<i8" => little!(i64),
        "<u8" => little!(u64),
        _ => return Err(format!("numbers of type `{kind}` are not read")),
    })
}

/// From an array whose first axis runs fastest.
fn transposed(numbers: &[f32], shape: &[usize]) -> Vec<f32> {
    let strides: Vec<usize> = shape.iter().scan(1, |stride, size| Some(std::mem::replace(stride, *stride * size))).collect();
    let from = |mut place: usize| {
        let mut from = 0;
        for (size, stride) in shape.iter().zip(&strides).rev() {
            from += place % size * stride;
            place /= size;
        }
        from
    };
    (0..numbers.len()).map(|place| numbers[from(place)]).collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        [&bytes, header.as_bytes(), data].concat()
    }

    #[test]
    fn types_and_orders() {
        let array = read(&file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", &[0, 255])).unwrap();
        assert_eq!((array.shape, array.numbers), (vec![2], vec![0.0, 1.0]));
        let data: Vec<u8> = [1.0f64, 2.0, 3.0, 4.0, 5.0, 6.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let array = read(&file("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n", &data)).unwrap();
        assert_eq!((array.shape, array.numbers), (vec![2, 3], vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0]));
    }

    #[test]
    fn damage_is_named() {
        assert!(read(b"nothing").is_err());
        assert!(
            read(&file("{'descr': '<f4', 'fortran_order': False, 'shape': (9,), }\n", &[0; 8])).unwrap_err().contains("8 bytes")
        );
        assert!(read(&file("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }\n", &[0; 8])).unwrap_err().contains("<c8"));
        assert!(read(&file("{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551615, 2), }", &[])).is_err());
    }
}
