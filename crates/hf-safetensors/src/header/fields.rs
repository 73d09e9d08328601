//! The fields of a tensor in a header.

#[derive(Default)]
pub(super) struct Fields {
    pub(super) dtype: Option<u32>,
    /// The number of dimensions.
    pub(super) shape: Option<usize>,
    pub(super) offsets: Option<(u64, u64)>,
}

#[derive(Clone, Copy)]
pub(super) enum Field {
    Dtype,
    Shape,
    Offsets,
}

impl Field {
    pub(super) fn of(key: &str) -> Option<Field> {
        match key {
            "dtype" => Some(Field::Dtype),
            "shape" => Some(Field::Shape),
            "data_offsets" => Some(Field::Offsets),
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Field::Dtype => "dtype",
            Field::Shape => "shape",
            Field::Offsets => "data_offsets",
        }
    }
}
