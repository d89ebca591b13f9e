//! The table of known sets.
//!
//! MD5: from the sets' home pages or, for MNIST, its mirror. SHA-256 of the downloads, and of the CIFAR batches inside: from other
//! loaders that give them beside the same MD5. SHA-256 of the unpacked MNIST and Fashion-MNIST files: computed from the files.

use super::{DataFile, Download, Format, KnownSet};
use crate::{Part, cifar::Labels};

const fn train(name: &'static str, sha256: &'static str) -> DataFile {
    DataFile { name, part: Part::Train, sha256 }
}

const fn test(name: &'static str, sha256: &'static str) -> DataFile {
    DataFile { name, part: Part::Test, sha256 }
}

/// Every known set.
pub static SETS: &[KnownSet] = &[MNIST1D, MNIST, FASHION_MNIST, CIFAR10, CIFAR100, TINY_IMAGENET, CALTECH101];

const MNIST1D: KnownSet = KnownSet {
    name: "mnist1d",
    title: "MNIST-1D",
    sample: &[40],
    classes: 10,
    train: 4000,
    test: 1000,
    home: "https://github.com/greydanus/mnist1d",
    licence: "Apache-2.0",
    format: None,
    files: &[],
    marks: &[],
    inner: None,
    base: "",
    downloads: &[],
};

const MNIST: KnownSet = KnownSet {
    name: "mnist",
    title: "MNIST",
    sample: &[1, 28, 28],
    classes: 10,
    train: 60_000,
    test: 10_000,
    home: "http://yann.lecun.com/exdb/mnist/",
    licence: "CC BY-SA 3.0",
    format: Some(Format::Idx { size: [28, 28] }),
    files: &[
        train("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        train("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        test("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        test("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ],
    marks: &[],
    inner: None,
    base: "https://ossci-datasets.s3.amazonaws.com/mnist",
    downloads: &[
        Download {
            file: "train-images-idx3-ubyte.gz",
            bytes: 9_912_422,
            md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        },
        Download {
            file: "train-labels-idx1-ubyte.gz",
            bytes: 28_881,
            md5: "d53e105ee54ea40749a09fcbcd1e9432",
            sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        },
        Download {
            file: "t10k-images-idx3-ubyte.gz",
            bytes: 1_648_877,
            md5: "9fb629c4189551a2d022fa330f9573f3",
            sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        },
        Download {
            file: "t10k-labels-idx1-ubyte.gz",
            bytes: 4_542,
            md5: "ec29112dd5afa0611ce80d1b7f02629c",
            sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
    ],
};

const FASHION_MNIST: KnownSet = KnownSet {
    name: "fashion-mnist",
    title: "Fashion-MNIST",
    sample: &[1, 28, 28],
    classes: 10,
    train: 60_000,
    test: 10_000,
    home: "https://github.com/zalandoresearch/fashion-mnist",
    licence: "MIT",
    format: Some(Format::Idx { size: [28, 28] }),
    files: &[
        train("train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        train("train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        test("t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        test("t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ],
    marks: &[],
    inner: None,
    base: "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
    downloads: &[
        Download {
            file: "train-images-idx3-ubyte.gz",
            bytes: 26_421_880,
            md5: "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        },
        Download {
            file: "train-labels-idx1-ubyte.gz",
            bytes: 29_515,
            md5: "25c81989df183df01b3e8a0aad5dffbe",
            sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        },
        Download {
            file: "t10k-images-idx3-ubyte.gz",
            bytes: 4_422_102,
            md5: "bef4ecab320f06d8554ea6380940ec79",
            sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        },
        Download {
            file: "t10k-labels-idx1-ubyte.gz",
            bytes: 5_148,
            md5: "bb300cfdad3c16e7a12a480ee83cd310",
            sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
    ],
};

const CIFAR10: KnownSet = KnownSet {
    name: "cifar10",
    title: "CIFAR-10",
    sample: &[3, 32, 32],
    classes: 10,
    train: 50_000,
    test: 10_000,
    home: "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence: "none stated; the authors ask to cite Krizhevsky 2009",
    format: Some(Format::Cifar(Labels::Ten)),
    files: &[
        train("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        train("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        train("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        train("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        train("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        test("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    ],
    marks: &[],
    inner: Some("cifar-10-batches-bin"),
    base: "https://www.cs.toronto.edu/~kriz",
    downloads: &[Download {
        file: "cifar-10-binary.tar.gz",
        bytes: 170_052_171,
        md5: "c32a1d4ab5d03f1284b67883e8d87530",
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    }],
};

const CIFAR100: KnownSet = KnownSet {
    name: "cifar100",
    title: "CIFAR-100",
    sample: &[3, 32, 32],
    classes: 100,
    train: 50_000,
    test: 10_000,
    home: "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence: "none stated; the authors ask to cite Krizhevsky 2009",
    format: Some(Format::Cifar(Labels::Fine)),
    files: &[
        train("train.bin", "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
        test("test.bin", "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
    ],
    marks: &[],
    inner: Some("cifar-100-binary"),
    base: "https://www.cs.toronto.edu/~kriz",
    downloads: &[Download {
        file: "cifar-100-binary.tar.gz",
        bytes: 168_513_733,
        md5: "03b5dce01913d631647c71ecec9e9cb8",
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    }],
};

const TINY_IMAGENET: KnownSet = KnownSet {
    name: "tiny-imagenet",
    title: "Tiny ImageNet",
    sample: &[3, 64, 64],
    classes: 200,
    train: 100_000,
    test: 10_000,
    home: "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    licence: "that of ImageNet: research only",
    format: Some(Format::TinyImagenet),
    files: &[],
    marks: &["train", "val/val_annotations.txt"],
    inner: Some("tiny-imagenet-200"),
    base: "",
    downloads: &[],
};

const CALTECH101: KnownSet = KnownSet {
    name: "caltech101",
    title: "Caltech-101",
    sample: &[3, 64, 64],
    classes: 101,
    train: 7_375,
    test: 1_302,
    home: "https://data.caltech.edu/records/mzrjq-6wc02",
    licence: "CC BY 4.0",
    format: Some(Format::Caltech101),
    files: &[],
    marks: &["accordion", "yin_yang"],
    inner: Some("101_ObjectCategories"),
    base: "",
    downloads: &[],
};
