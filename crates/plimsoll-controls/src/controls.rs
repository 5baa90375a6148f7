//! The catalogue: generated from the files of this folder, do not edit. `UPDATE=1 cargo test -p plimsoll-controls`.

use crate::Control;

mod add_instead_of_copy;
mod api_socket_used;
mod application_files_writable;
mod archive_unpacked_by_hand;
mod build_privileged;
mod build_refused;
mod build_target_missing;
mod build_toolchain_shipped;
mod capabilities_kept;
mod capability_bounded_risk;
mod capability_grants_host_takeover;
mod capability_reaches_host;
mod certificates_unverified_at_runtime;
mod compose_version_field;
mod constant_platform;
mod content_trust_relied_on;
mod copy_destination_ambiguous;
mod copy_without_workdir;
mod cpu_unlimited;
mod custom_cgroup_parent;
mod custom_frontend;
mod custom_oci_runtime;
mod datastore_published;
mod debug_port_published;
mod default_bridge_used;
mod development_dependencies_shipped;
mod development_server_run;
mod development_stage_run;
mod device_cgroup_wildcard;
mod distribution_upgraded;
mod docker_group_added;
mod docker_host_over_tcp;
mod download_piped_to_shell;
mod duplicate_container_name;
mod duplicate_host_port;
mod duplicate_instruction;
mod duplicate_stage_name;
mod empty_continuation_line;
mod end_of_life_image;
mod entrypoint_bypassed;
mod env_file_copied_and_used;
mod env_self_reference;
mod exposed_port_format;
mod flat_network;
mod forced_stop_signal;
mod from_argument_unset;
mod health_not_awaited;
mod healthcheck_missing;
mod healthcheck_port_unheard;
mod host_cgroup_namespace;
mod host_device_passed;
mod host_gateway_reachable;
mod host_information_mounted;
mod host_ipc_namespace;
mod host_network;
mod host_pid_namespace;
mod host_user_namespace;
mod host_uts_namespace;
mod ignored_file_copied;
mod image_without_digest;
mod inconsistent_casing;
mod init_missing;
mod insecure_build_step;
mod install_without_root;
mod invalid_label;
mod leaky_dockerignore;
mod legacy_key_value;
mod lifecycle_hook_privileged;
mod links_legacy;
mod lockfile_missing;
mod lockfile_not_copied;
mod lockfile_not_enforced;
mod log_rotation_missing;
mod logging_disabled;
mod lsm_unconfined;
mod maintainer_instruction;
mod malformed_exec_form;
mod memory_unlimited;
mod misplaced_description;
mod missing_dockerignore;
mod namespace_joined;
mod network_not_internal;
mod node_env_not_production;
mod non_minimal_base_image;
mod oom_protected;
mod package_cache_left;
mod package_manager_as_pid1;
mod package_manager_in_runtime;
mod pids_unlimited;
mod port_published_everywhere;
mod privilege_escalation_allowed;
mod privileged_container;
mod privileged_port_exposed;
mod privileged_port_published;
mod production_install_before_build;
mod published_and_root_and_writable;
mod published_port_unheard;
mod raw_host_device_passed;
mod read_only_breaks_writes;
mod redundant_capability;
mod redundant_platform;
mod relative_workdir;
mod remote_add_unverified;
mod reserved_stage_name;
mod restart_policy_missing;
mod risky_sysctl;
mod runs_as_root;
mod runtime_socket_mounted;
mod seccomp_unconfined;
mod secret_file_copied;
mod secret_in_build_args;
mod secret_in_build_stage;
mod secret_in_command;
mod secret_in_config;
mod secret_in_default;
mod secret_in_env_file;
mod secret_in_environment;
mod secret_in_image_arg;
mod secret_in_image_env;
mod secret_in_label;
mod secret_in_run;
mod secret_in_url;
mod secret_removed_later;
mod sensitive_host_path_readable;
mod sensitive_host_path_writable;
mod setuid_bit_added;
mod shared_mount_propagation;
mod shell_form_command;
mod shell_form_healthcheck;
mod source_code_mounted;
mod source_copied_before_install;
mod ssh_server_in_image;
mod sudo_in_image;
mod system_directory_used;
mod system_paths_unmasked;
mod tls_verification_disabled;
mod ulimits_unset;
mod undefined_variable;
mod unknown_compose_key;
mod unknown_copy_source;
mod unknown_user;
mod unofficial_image;
mod unpinned_image;
mod unpinned_language_packages;
mod unpinned_system_packages;
mod unreachable_stage;
mod unsigned_packages_allowed;
mod untrusted_registry;
mod weak_tmpfs_options;
mod weakened_node_runtime;
mod whole_filesystem_copied;
mod world_writable_files;
mod writable_root_filesystem;

/// Every control, sorted by id.
pub static CATALOGUE: &[&Control] = &[
    &add_instead_of_copy::CONTROL,
    &api_socket_used::CONTROL,
    &application_files_writable::CONTROL,
    &archive_unpacked_by_hand::CONTROL,
    &build_privileged::CONTROL,
    &build_refused::CONTROL,
    &build_target_missing::CONTROL,
    &build_toolchain_shipped::CONTROL,
    &capabilities_kept::CONTROL,
    &capability_bounded_risk::CONTROL,
    &capability_grants_host_takeover::CONTROL,
    &capability_reaches_host::CONTROL,
    &certificates_unverified_at_runtime::CONTROL,
    &compose_version_field::CONTROL,
    &constant_platform::CONTROL,
    &content_trust_relied_on::CONTROL,
    &copy_destination_ambiguous::CONTROL,
    &copy_without_workdir::CONTROL,
    &cpu_unlimited::CONTROL,
    &custom_cgroup_parent::CONTROL,
    &custom_frontend::CONTROL,
    &custom_oci_runtime::CONTROL,
    &datastore_published::CONTROL,
    &debug_port_published::CONTROL,
    &default_bridge_used::CONTROL,
    &development_dependencies_shipped::CONTROL,
    &development_server_run::CONTROL,
    &development_stage_run::CONTROL,
    &device_cgroup_wildcard::CONTROL,
    &distribution_upgraded::CONTROL,
    &docker_group_added::CONTROL,
    &docker_host_over_tcp::CONTROL,
    &download_piped_to_shell::CONTROL,
    &duplicate_container_name::CONTROL,
    &duplicate_host_port::CONTROL,
    &duplicate_instruction::CONTROL,
    &duplicate_stage_name::CONTROL,
    &empty_continuation_line::CONTROL,
    &end_of_life_image::CONTROL,
    &entrypoint_bypassed::CONTROL,
    &env_file_copied_and_used::CONTROL,
    &env_self_reference::CONTROL,
    &exposed_port_format::CONTROL,
    &flat_network::CONTROL,
    &forced_stop_signal::CONTROL,
    &from_argument_unset::CONTROL,
    &health_not_awaited::CONTROL,
    &healthcheck_missing::CONTROL,
    &healthcheck_port_unheard::CONTROL,
    &host_cgroup_namespace::CONTROL,
    &host_device_passed::CONTROL,
    &host_gateway_reachable::CONTROL,
    &host_information_mounted::CONTROL,
    &host_ipc_namespace::CONTROL,
    &host_network::CONTROL,
    &host_pid_namespace::CONTROL,
    &host_user_namespace::CONTROL,
    &host_uts_namespace::CONTROL,
    &ignored_file_copied::CONTROL,
    &image_without_digest::CONTROL,
    &inconsistent_casing::CONTROL,
    &init_missing::CONTROL,
    &insecure_build_step::CONTROL,
    &install_without_root::CONTROL,
    &invalid_label::CONTROL,
    &leaky_dockerignore::CONTROL,
    &legacy_key_value::CONTROL,
    &lifecycle_hook_privileged::CONTROL,
    &links_legacy::CONTROL,
    &lockfile_missing::CONTROL,
    &lockfile_not_copied::CONTROL,
    &lockfile_not_enforced::CONTROL,
    &log_rotation_missing::CONTROL,
    &logging_disabled::CONTROL,
    &lsm_unconfined::CONTROL,
    &maintainer_instruction::CONTROL,
    &malformed_exec_form::CONTROL,
    &memory_unlimited::CONTROL,
    &misplaced_description::CONTROL,
    &missing_dockerignore::CONTROL,
    &namespace_joined::CONTROL,
    &network_not_internal::CONTROL,
    &node_env_not_production::CONTROL,
    &non_minimal_base_image::CONTROL,
    &oom_protected::CONTROL,
    &package_cache_left::CONTROL,
    &package_manager_as_pid1::CONTROL,
    &package_manager_in_runtime::CONTROL,
    &pids_unlimited::CONTROL,
    &port_published_everywhere::CONTROL,
    &privilege_escalation_allowed::CONTROL,
    &privileged_container::CONTROL,
    &privileged_port_exposed::CONTROL,
    &privileged_port_published::CONTROL,
    &production_install_before_build::CONTROL,
    &published_and_root_and_writable::CONTROL,
    &published_port_unheard::CONTROL,
    &raw_host_device_passed::CONTROL,
    &read_only_breaks_writes::CONTROL,
    &redundant_capability::CONTROL,
    &redundant_platform::CONTROL,
    &relative_workdir::CONTROL,
    &remote_add_unverified::CONTROL,
    &reserved_stage_name::CONTROL,
    &restart_policy_missing::CONTROL,
    &risky_sysctl::CONTROL,
    &runs_as_root::CONTROL,
    &runtime_socket_mounted::CONTROL,
    &seccomp_unconfined::CONTROL,
    &secret_file_copied::CONTROL,
    &secret_in_build_args::CONTROL,
    &secret_in_build_stage::CONTROL,
    &secret_in_command::CONTROL,
    &secret_in_config::CONTROL,
    &secret_in_default::CONTROL,
    &secret_in_env_file::CONTROL,
    &secret_in_environment::CONTROL,
    &secret_in_image_arg::CONTROL,
    &secret_in_image_env::CONTROL,
    &secret_in_label::CONTROL,
    &secret_in_run::CONTROL,
    &secret_in_url::CONTROL,
    &secret_removed_later::CONTROL,
    &sensitive_host_path_readable::CONTROL,
    &sensitive_host_path_writable::CONTROL,
    &setuid_bit_added::CONTROL,
    &shared_mount_propagation::CONTROL,
    &shell_form_command::CONTROL,
    &shell_form_healthcheck::CONTROL,
    &source_code_mounted::CONTROL,
    &source_copied_before_install::CONTROL,
    &ssh_server_in_image::CONTROL,
    &sudo_in_image::CONTROL,
    &system_directory_used::CONTROL,
    &system_paths_unmasked::CONTROL,
    &tls_verification_disabled::CONTROL,
    &ulimits_unset::CONTROL,
    &undefined_variable::CONTROL,
    &unknown_compose_key::CONTROL,
    &unknown_copy_source::CONTROL,
    &unknown_user::CONTROL,
    &unofficial_image::CONTROL,
    &unpinned_image::CONTROL,
    &unpinned_language_packages::CONTROL,
    &unpinned_system_packages::CONTROL,
    &unreachable_stage::CONTROL,
    &unsigned_packages_allowed::CONTROL,
    &untrusted_registry::CONTROL,
    &weak_tmpfs_options::CONTROL,
    &weakened_node_runtime::CONTROL,
    &whole_filesystem_copied::CONTROL,
    &world_writable_files::CONTROL,
    &writable_root_filesystem::CONTROL,
];
