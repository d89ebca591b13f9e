//! The 15 corruptions of CIFAR-10-C (Hendrycks and Dietterich 2019), and the errors that they cause.
