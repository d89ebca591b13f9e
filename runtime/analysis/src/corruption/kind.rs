//! The names of the corruptions.

/// A corruption. The order is that of the published tables: noise, blur, weather, digital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Noise of a sensor in low light.
    GaussianNoise,
    /// Noise of single photons.
    ShotNoise,
    /// Salt and pepper.
    ImpulseNoise,
    /// A lens out of focus.
    DefocusBlur,
    /// Frosted glass.
    GlassBlur,
    /// A moving camera.
    MotionBlur,
    /// A camera moving towards the scene.
    ZoomBlur,
    /// Falling snow.
    Snow,
    /// Ice on the lens.
    Frost,
    /// Fog.
    Fog,
    /// More light.
    Brightness,
    /// Less contrast.
    Contrast,
    /// Stretched and sheared parts.
    ElasticTransform,
    /// Few large pixels.
    Pixelate,
    /// Lossy compression.
    JpegCompression,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Kind; 15] = [
        Kind::GaussianNoise,
        Kind::ShotNoise,
        Kind::ImpulseNoise,
        Kind::DefocusBlur,
        Kind::GlassBlur,
        Kind::MotionBlur,
        Kind::ZoomBlur,
        Kind::Snow,
        Kind::Frost,
        Kind::Fog,
        Kind::Brightness,
        Kind::Contrast,
        Kind::ElasticTransform,
        Kind::Pixelate,
        Kind::JpegCompression,
    ];

    /// Its name, which is also that of its published file without `.npy`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::GaussianNoise => "gaussian_noise",
            Kind::ShotNoise => "shot_noise",
            Kind::ImpulseNoise => "impulse_noise",
            Kind::DefocusBlur => "defocus_blur",
            Kind::GlassBlur => "glass_blur",
            Kind::MotionBlur => "motion_blur",
            Kind::ZoomBlur => "zoom_blur",
            Kind::Snow => "snow",
            Kind::Frost => "frost",
            Kind::Fog => "fog",
            Kind::Brightness => "brightness",
            Kind::Contrast => "contrast",
            Kind::ElasticTransform => "elastic_transform",
            Kind::Pixelate => "pixelate",
            Kind::JpegCompression => "jpeg_compression",
        }
    }

    /// The corruption of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
