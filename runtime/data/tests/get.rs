//! Downloads from a small server on this machine, whole and broken in every way.

use hetc_data::{
    DataError, DataErrorKind, fixture,
    get::{Options, get, get_set},
    registry::{DataFile, Download, KnownSet, Places, find, load},
};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// What the server does with the n-th request for a path.
type Answer = dyn Fn(usize, &str, &mut TcpStream) + Send + Sync;

struct Server {
    base: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Serves until the test ends.
    fn new(answer: impl Fn(usize, &str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/below/", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (counter, answer): (_, Box<Answer>) = (requests.clone(), Box::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let Some(Ok(request)) = lines.next() else { continue };
                lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
                let path = request.split(' ').nth(1).unwrap();
                answer(counter.fetch_add(1, Ordering::SeqCst), path.strip_prefix("/below/").unwrap(), &mut stream);
            }
        });
        Self { base, requests }
    }

    /// Serves files.
    fn files(files: Vec<(String, Vec<u8>)>) -> Self {
        Self::new(move |_, path, stream| match files.iter().find(|(name, _)| name == path) {
            Some((_, bytes)) => reply(stream, "200 OK", bytes.len(), bytes),
            None => reply(stream, "404 Not Found", 0, &[]),
        })
    }

    fn options(&self) -> Options {
        let pause = Duration::from_millis(1);
        Options { base: Some(self.base.clone()), attempts: 3, pause, patience: Duration::from_secs(5) }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn reply(stream: &mut TcpStream, status: &str, length: usize, body: &[u8]) {
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(body);
}

fn hex(bytes: &[u8]) -> &'static str {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().leak()
}

fn download(file: &'static str, bytes: &[u8]) -> Download {
    let (md5, sha256) = (hex(&md5::Md5::digest(bytes)), hex(&Sha256::digest(bytes)));
    Download { file, bytes: bytes.len() as u64, md5, sha256 }
}

/// A known set whose published files are tiny ones, and those files as a server would hold them.
fn tiny(name: &str) -> (KnownSet, Vec<(String, Vec<u8>)>) {
    let set = find(name).unwrap().clone();
    let files = fixture::files(&set, 2, 1);
    let contents: Vec<Vec<u8>> = files.iter().map(|(_, bytes)| unpack(bytes)).collect();
    let sums = set.files.iter().zip(&contents);
    let known: Vec<DataFile> = sums.map(|(file, bytes)| DataFile { sha256: hex(&Sha256::digest(bytes)), ..*file }).collect();
    let served = match set.inner {
        None => files,
        Some(inner) => {
            let entries = files.iter().map(|(name, bytes)| (format!("{inner}/{name}"), bytes.clone()));
            vec![(set.downloads[0].file.to_string(), archive(entries))]
        }
    };
    let downloads: Vec<Download> = set.downloads.iter().zip(&served).map(|(old, (_, bytes))| download(old.file, bytes)).collect();
    (KnownSet { files: known.leak(), downloads: downloads.leak(), ..set }, served)
}

fn unpack(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes.to_vec();
    }
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut unpacked).unwrap();
    unpacked
}

fn archive(entries: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        // Written past the builder's own checks, so that names may point outside.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, &bytes[..]).unwrap();
    }
    fixture::gzip(&builder.into_inner().unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Gets a set into a new folder, which must stay empty, and returns the error.
fn failure(set: &KnownSet, options: &Options) -> DataError {
    let folder = tempfile::tempdir().unwrap();
    let error = get_set(set, folder.path(), options, &mut |_| {}).unwrap_err();
    assert_eq!(names(folder.path()), [""; 0], "{error}");
    error
}

#[test]
fn idx_files_arrive_whole_and_are_kept() {
    let (set, served) = tiny("mnist");
    let server = Server::files(served.clone());
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("deep/mnist");
    let mut seen = Vec::new();
    let got = get_set(&set, &folder, &server.options(), &mut |p| seen.push((p.file.to_string(), p.done, p.total))).unwrap();
    assert_eq!(got, folder);
    for (name, bytes) in &served {
        assert_eq!(&fs::read(folder.join(name)).unwrap(), bytes);
        assert!(seen.contains(&(name.clone(), bytes.len() as u64, bytes.len() as u64)));
    }
    assert_eq!(names(&folder).len(), 4);
    get_set(&set, &folder, &server.options(), &mut |_| {}).unwrap();
    assert_eq!(server.requests(), 4, "what is there is not downloaded again");
    fs::remove_file(folder.join(&served[2].0)).unwrap();
    get_set(&set, &folder, &server.options(), &mut |_| {}).unwrap();
    assert_eq!(server.requests(), 5, "only what is missing is downloaded");
    assert_eq!(load("mnist", Some(&folder), &Places::default()).unwrap().train.len(), 2);
}

#[test]
fn archives_are_unpacked_into_their_folder() {
    for name in ["cifar10", "cifar100"] {
        let (set, served) = tiny(name);
        let server = Server::files(served);
        let folder = tempfile::tempdir().unwrap();
        let got = get_set(&set, folder.path(), &server.options(), &mut |_| {}).unwrap();
        assert_eq!(names(folder.path()), [set.inner.unwrap()]);
        assert_eq!(names(&got).len(), set.files.len());
        assert_eq!(load(name, Some(folder.path()), &Places::default()).unwrap().test.len(), 1);
        assert_eq!(get_set(&set, folder.path(), &server.options(), &mut |_| {}).unwrap(), got);
        assert_eq!(server.requests(), 1);
    }
}

#[test]
fn files_that_are_there_are_never_replaced() {
    let (mnist, served) = tiny("mnist");
    let options = Server::files(served).options();
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("train-images-idx3-ubyte");
    fs::write(&own, b"my own").unwrap();
    let error = get_set(&mnist, folder.path(), &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, DataError::WouldReplace { path } if path == own));
    fixture::write("mnist", folder.path(), 3, 3).unwrap();
    let error = get_set(&mnist, folder.path(), &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, DataError::WouldReplace { path } if path == folder.path()));
    assert_eq!(fs::read(&own).unwrap(), b"my own");
    let (cifar, _) = tiny("cifar10");
    fs::write(folder.path().join("test_batch.bin"), []).unwrap();
    let error = get_set(&cifar, folder.path(), &options, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), DataErrorKind::WouldReplace);
}

#[test]
fn a_wrong_checksum_leaves_nothing() {
    let (set, mut served) = tiny("mnist");
    served[0].1[20] ^= 1;
    let server = Server::files(served.clone());
    let error = failure(&set, &server.options());
    let DataError::Checksum { algorithm: "MD5", expected, found, .. } = error else { panic!("{error}") };
    assert_eq!((expected.as_str(), found.as_str()), (set.downloads[0].md5, hex(&md5::Md5::digest(&served[0].1))));
    assert_eq!(server.requests(), 1);
    let (set, served) = tiny("cifar100");
    let forged = Download { sha256: set.downloads[0].md5, ..set.downloads[0] };
    let error = failure(&KnownSet { downloads: vec![forged].leak(), ..set }, &Server::files(served).options());
    assert!(matches!(error, DataError::Checksum { algorithm: "SHA-256", .. }));
}

#[test]
fn a_status_is_told_and_only_the_servers_own_trouble_is_tried_again() {
    let (set, served) = tiny("mnist");
    let server = Server::files(Vec::new());
    assert!(matches!(failure(&set, &server.options()), DataError::Status { status: 404, .. }));
    assert_eq!(server.requests(), 1);
    let server = Server::new(|_, _, stream| reply(stream, "503 Service Unavailable", 0, &[]));
    assert!(matches!(failure(&set, &server.options()), DataError::Status { status: 503, .. }));
    assert_eq!(server.requests(), 3);
    let server = Server::new(move |n, path, stream| match served.iter().find(|(name, _)| name == path) {
        Some((_, bytes)) if n > 1 => reply(stream, "200 OK", bytes.len(), bytes),
        _ => reply(stream, "503 Service Unavailable", 0, &[]),
    });
    get_set(&set, tempfile::tempdir().unwrap().path(), &server.options(), &mut |_| {}).unwrap();
    assert_eq!(server.requests(), 2 + 4);
}

#[test]
fn a_connection_cut_short_is_tried_again_and_leaves_nothing() {
    let (set, served) = tiny("cifar10");
    let bytes = served[0].1.clone();
    let whole = bytes.len() as u64;
    let server = Server::new(move |_, _, stream| reply(stream, "200 OK", bytes.len(), &bytes[..100]));
    let error = failure(&set, &server.options());
    assert!(matches!(error, DataError::CutShort { expected, found: 100, .. } if expected == whole), "{error}");
    assert_eq!(server.requests(), 3);
    let server = Server::new(|_, _, stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-")));
    assert_eq!(failure(&set, &server.options()).kind(), DataErrorKind::Network);
}

#[test]
fn a_server_that_sends_too_much_is_stopped() {
    let (set, served) = tiny("mnist");
    let longer = [served[0].1.clone(), vec![0; 1 << 20]].concat();
    let server = Server::new(move |_, _, stream| reply(stream, "200 OK", longer.len(), &longer));
    assert_eq!(failure(&set, &server.options()).kind(), DataErrorKind::TooLong);
}

#[test]
fn without_a_server_there_is_no_network() {
    let (set, _) = tiny("mnist");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let options = Options { base: Some(format!("http://{gone}")), attempts: 1, ..Options::default() };
    assert_eq!(failure(&set, &options).kind(), DataErrorKind::Network);
}

#[test]
fn archives_that_lack_or_fake_a_file_are_refused() {
    let (set, _) = tiny("cifar100");
    let refused = |bytes: Vec<u8>, expected: &str| {
        let set = KnownSet { downloads: vec![download("cifar-100-binary.tar.gz", &bytes)].leak(), ..set.clone() };
        let served = vec![("cifar-100-binary.tar.gz".to_string(), bytes)];
        let error = failure(&set, &Server::files(served).options());
        assert!(matches!(&error, DataError::Archive { reason, .. } if reason.contains(expected)), "{error}");
    };
    refused(archive([("cifar-100-binary/train.bin".into(), vec![1])]), "lacks `test.bin`");
    let outside = archive([("../train.bin".into(), vec![1]), ("/cifar-100-binary/test.bin".into(), vec![1])]);
    refused(outside, "lacks `t");
    refused(fixture::gzip(&[7; 2000]), "does not unpack");
    refused(b"not packed at all".to_vec(), "does not unpack");
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "cifar-100-binary/train.bin", "/etc/hostname").unwrap();
    refused(fixture::gzip(&builder.into_inner().unwrap()), "other than a file");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let (set, served) = tiny("mnist");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), []).unwrap();
    let options = Server::files(served).options();
    let error = get_set(&set, &folder.path().join("file/below"), &options, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), DataErrorKind::Write);
}

#[test]
fn a_generated_set_is_not_downloaded() {
    let error = get("mnist1d", Path::new("unused"), &Options::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, DataError::NothingToGet { set: "mnist1d" }));
}
