//! What the kernel will see, for small projects that are easy to read wrongly. Every expected value comes from the
//! Compose specification, Docker's documentation or moby's rules; the line above each project says which.

#[path = "kernel_view/advice.rs"]
mod advice;
#[path = "kernel_view/limits.rs"]
mod limits;
#[path = "kernel_view/loading.rs"]
mod loading;
#[path = "kernel_view/network.rs"]
mod network;
#[path = "kernel_view/privileges.rs"]
mod privileges;
#[path = "kernel_view/storage.rs"]
mod storage;
#[path = "kernel_view/user.rs"]
mod user;
mod view;
