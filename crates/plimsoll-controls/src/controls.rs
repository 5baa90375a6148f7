//! The catalogue: generated from the files of this folder, do not edit. `UPDATE=1 cargo test -p plimsoll-controls`.

use crate::Control;

mod access_list_without_effect;
mod account_number_shared;
mod account_password_set;
mod account_without_password;
mod add_instead_of_copy;
mod alias_traversal;
mod api_socket_used;
mod application_files_writable;
mod apt_in_script;
mod archive_unpacked_by_hand;
mod backtick_substitution;
mod base_image_drift;
mod bridge_traffic_unrestricted;
mod build_privileged;
mod build_refused;
mod build_target_missing;
mod build_toolchain_shipped;
mod built_image_pulled;
mod capabilities_kept;
mod capability_bounded_risk;
mod capability_grants_host_takeover;
mod capability_reaches_host;
mod cd_instead_of_workdir;
mod certificates_unverified_at_runtime;
mod client_host_passed_on;
mod client_timeout_too_long;
mod client_upgrade_passed_on;
mod compose_refused;
mod compose_version_field;
mod condition_in_location;
mod consecutive_run_steps;
mod constant_platform;
mod content_trust_relied_on;
mod control_groups_v1;
mod copy_destination_ambiguous;
mod copy_without_workdir;
mod cpu_unlimited;
mod custom_cgroup_parent;
mod custom_frontend;
mod custom_oci_runtime;
mod data_root_on_system_disk;
mod datastore_published;
mod debug_port_published;
mod decoded_path_in_header;
mod default_bridge_used;
mod default_shell_link;
mod default_ulimits_unset;
mod dependency_over_http;
mod dependency_without_integrity;
mod deprecated_dependency;
mod development_dependencies_shipped;
mod development_server_run;
mod development_stage_run;
mod device_cgroup_wildcard;
mod directory_listing;
mod distribution_upgraded;
mod docker_group_added;
mod docker_group_member;
mod docker_host_over_tcp;
mod download_not_verified;
mod download_piped_to_shell;
mod download_without_tls;
mod drift;
mod duplicate_container_name;
mod duplicate_host_port;
mod duplicate_instruction;
mod duplicate_stage_name;
mod empty_continuation_line;
mod empty_referer_accepted;
mod end_of_life_engine;
mod end_of_life_image;
mod engine_access_undivided;
mod engine_allows_new_privileges;
mod engine_cgroup_parent;
mod engine_clients_unverified;
mod engine_file_unguarded;
mod engine_firewall_off;
mod engine_logs_unbounded;
mod engine_open_to_network;
mod engine_seccomp_off;
mod engine_socket_accessible;
mod engine_socket_in_image;
mod engine_unaudited;
mod entrypoint_bypassed;
mod env_file_copied_and_used;
mod env_file_in_git;
mod env_self_reference;
mod escape_in_echo;
mod every_container_routed;
mod experimental_engine_features;
mod exposed_port_format;
mod filesystem_served;
mod flat_network;
mod floating_dependency;
mod forced_stop_signal;
mod forwarded_for_trusted_from_anyone;
mod forwarding_headers_missing;
mod from_argument_unset;
mod glob_as_option;
mod health_not_awaited;
mod healthcheck_missing;
mod healthcheck_port_unheard;
mod hidden_files_served;
mod host_cgroup_namespace;
mod host_device_passed;
mod host_gateway_reachable;
mod host_information_mounted;
mod host_ipc_namespace;
mod host_network;
mod host_pid_namespace;
mod host_user_namespace;
mod host_uts_namespace;
mod hsts_too_short;
mod http_not_redirected;
mod ignored_file_copied;
mod image_without_digest;
mod inconsistent_casing;
mod init_missing;
mod insecure_build_step;
mod insecure_registry_trusted;
mod install_without_root;
mod invalid_label;
mod layer_bytes_hidden;
mod leaky_dockerignore;
mod legacy_key_value;
mod legacy_storage_driver;
mod lifecycle_hook_privileged;
mod links_legacy;
mod live_restore_off;
mod lockfile_missing;
mod lockfile_not_copied;
mod lockfile_not_enforced;
mod lockfile_out_of_sync;
mod log_rotation_missing;
mod logging_disabled;
mod lookalike_dependency;
mod lsm_unconfined;
mod maintainer_instruction;
mod malformed_exec_form;
mod malicious_dependency;
mod masked_exit_status;
mod memory_unlimited;
mod misplaced_description;
mod missing_assume_yes;
mod missing_dockerignore;
mod missing_mandatory_access_control;
mod missing_pipefail;
mod namespace_joined;
mod needless_tool_shipped;
mod network_not_internal;
mod node_env_not_production;
mod node_line_ended;
mod node_version_disagrees;
mod node_version_unstated;
mod non_minimal_base_image;
mod non_numeric_user;
mod oom_protected;
mod origin_pattern_unanchored;
mod outside_resolver;
mod package_cache_left;
mod package_from_foreign_host;
mod package_lists_stale;
mod package_manager_as_pid1;
mod package_manager_in_image;
mod package_manager_in_runtime;
mod pids_unlimited;
mod plaintext_on_tls_port;
mod pointless_build_command;
mod port_published_everywhere;
mod privilege_escalation_allowed;
mod privileged_container;
mod privileged_port_exposed;
mod privileged_port_published;
mod production_install_before_build;
mod proxied_port_published;
mod proxy_access_log_off;
mod proxy_admin_open;
mod proxy_dashboard_open;
mod proxy_status_open;
mod published_and_root_and_writable;
mod published_port_unheard;
mod rate_limit_key_spoofable;
mod rate_limit_missing;
mod raw_host_device_passed;
mod read_only_breaks_writes;
mod recommended_packages_installed;
mod redundant_capability;
mod redundant_platform;
mod registry_token_in_project;
mod registry_unverified;
mod relative_workdir;
mod remote_add_unverified;
mod repository_in_image;
mod request_size_unlimited;
mod reserved_stage_name;
mod response_headers_lost;
mod restart_policy_missing;
mod risky_sysctl;
mod rootful_engine;
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
mod secret_in_git_history;
mod secret_in_image_arg;
mod secret_in_image_env;
mod secret_in_label;
mod secret_in_run;
mod secret_in_source;
mod secret_in_url;
mod secret_mount_leaked;
mod secret_removed_later;
mod security_header_not_always;
mod security_headers_missing;
mod security_update_missing;
mod sensitive_host_path_readable;
mod sensitive_host_path_writable;
mod server_version_told;
mod setuid_bit_added;
mod shared_mount_propagation;
mod shell_form_command;
mod shell_form_healthcheck;
mod shellcheck;
mod slashes_not_merged;
mod source_code_mounted;
mod source_copied_before_install;
mod source_map_served;
mod ssh_server_in_container;
mod ssh_server_in_image;
mod stale_engine_configuration;
mod stopped_containers_kept;
mod sudo_in_image;
mod swarm_active;
mod system_directory_used;
mod system_paths_unmasked;
mod tls_key_in_project;
mod tls_nowhere_on_published_path;
mod tls_verification_disabled;
mod two_download_tools;
mod ulimits_unset;
mod undefined_variable;
mod unguarded_cd;
mod unguarded_removal;
mod unknown_compose_key;
mod unknown_copy_source;
mod unknown_user;
mod unofficial_image;
mod unpinned_image;
mod unpinned_language_packages;
mod unpinned_system_packages;
mod unquoted_expansion;
mod unreachable_stage;
mod unrestrained_install_scripts;
mod unsigned_image;
mod unsigned_packages_allowed;
mod untrusted_registry;
mod unused_images_kept;
mod unusual_engine_log_level;
mod upstream_certificate_unchecked;
mod upstream_chosen_by_request;
mod upstream_unknown;
mod user_namespaces_not_remapped;
mod user_not_in_image;
mod useradd_inflates_layer;
mod userland_proxy_used;
mod vulnerable_dependency;
mod vulnerable_engine_part;
mod vulnerable_package_in_image;
mod vulnerable_program;
mod vulnerable_runtime;
mod weak_swarm_settings;
mod weak_tls_cipher;
mod weak_tls_protocol;
mod weak_tmpfs_options;
mod weakened_node_runtime;
mod wget_progress_bar;
mod whole_filesystem_copied;
mod world_writable_files;
mod writable_root_filesystem;
mod wrong_signature;

/// Every control, sorted by id.
pub static CATALOGUE: &[&Control] = &[
    &access_list_without_effect::CONTROL,
    &account_number_shared::CONTROL,
    &account_password_set::CONTROL,
    &account_without_password::CONTROL,
    &add_instead_of_copy::CONTROL,
    &alias_traversal::CONTROL,
    &api_socket_used::CONTROL,
    &application_files_writable::CONTROL,
    &apt_in_script::CONTROL,
    &archive_unpacked_by_hand::CONTROL,
    &backtick_substitution::CONTROL,
    &base_image_drift::CONTROL,
    &bridge_traffic_unrestricted::CONTROL,
    &build_privileged::CONTROL,
    &build_refused::CONTROL,
    &build_target_missing::CONTROL,
    &build_toolchain_shipped::CONTROL,
    &built_image_pulled::CONTROL,
    &capabilities_kept::CONTROL,
    &capability_bounded_risk::CONTROL,
    &capability_grants_host_takeover::CONTROL,
    &capability_reaches_host::CONTROL,
    &cd_instead_of_workdir::CONTROL,
    &certificates_unverified_at_runtime::CONTROL,
    &client_host_passed_on::CONTROL,
    &client_timeout_too_long::CONTROL,
    &client_upgrade_passed_on::CONTROL,
    &compose_refused::CONTROL,
    &compose_version_field::CONTROL,
    &condition_in_location::CONTROL,
    &consecutive_run_steps::CONTROL,
    &constant_platform::CONTROL,
    &content_trust_relied_on::CONTROL,
    &control_groups_v1::CONTROL,
    &copy_destination_ambiguous::CONTROL,
    &copy_without_workdir::CONTROL,
    &cpu_unlimited::CONTROL,
    &custom_cgroup_parent::CONTROL,
    &custom_frontend::CONTROL,
    &custom_oci_runtime::CONTROL,
    &data_root_on_system_disk::CONTROL,
    &datastore_published::CONTROL,
    &debug_port_published::CONTROL,
    &decoded_path_in_header::CONTROL,
    &default_bridge_used::CONTROL,
    &default_shell_link::CONTROL,
    &default_ulimits_unset::CONTROL,
    &dependency_over_http::CONTROL,
    &dependency_without_integrity::CONTROL,
    &deprecated_dependency::CONTROL,
    &development_dependencies_shipped::CONTROL,
    &development_server_run::CONTROL,
    &development_stage_run::CONTROL,
    &device_cgroup_wildcard::CONTROL,
    &directory_listing::CONTROL,
    &distribution_upgraded::CONTROL,
    &docker_group_added::CONTROL,
    &docker_group_member::CONTROL,
    &docker_host_over_tcp::CONTROL,
    &download_not_verified::CONTROL,
    &download_piped_to_shell::CONTROL,
    &download_without_tls::CONTROL,
    &drift::CONTROL,
    &duplicate_container_name::CONTROL,
    &duplicate_host_port::CONTROL,
    &duplicate_instruction::CONTROL,
    &duplicate_stage_name::CONTROL,
    &empty_continuation_line::CONTROL,
    &empty_referer_accepted::CONTROL,
    &end_of_life_engine::CONTROL,
    &end_of_life_image::CONTROL,
    &engine_access_undivided::CONTROL,
    &engine_allows_new_privileges::CONTROL,
    &engine_cgroup_parent::CONTROL,
    &engine_clients_unverified::CONTROL,
    &engine_file_unguarded::CONTROL,
    &engine_firewall_off::CONTROL,
    &engine_logs_unbounded::CONTROL,
    &engine_open_to_network::CONTROL,
    &engine_seccomp_off::CONTROL,
    &engine_socket_accessible::CONTROL,
    &engine_socket_in_image::CONTROL,
    &engine_unaudited::CONTROL,
    &entrypoint_bypassed::CONTROL,
    &env_file_copied_and_used::CONTROL,
    &env_file_in_git::CONTROL,
    &env_self_reference::CONTROL,
    &escape_in_echo::CONTROL,
    &every_container_routed::CONTROL,
    &experimental_engine_features::CONTROL,
    &exposed_port_format::CONTROL,
    &filesystem_served::CONTROL,
    &flat_network::CONTROL,
    &floating_dependency::CONTROL,
    &forced_stop_signal::CONTROL,
    &forwarded_for_trusted_from_anyone::CONTROL,
    &forwarding_headers_missing::CONTROL,
    &from_argument_unset::CONTROL,
    &glob_as_option::CONTROL,
    &health_not_awaited::CONTROL,
    &healthcheck_missing::CONTROL,
    &healthcheck_port_unheard::CONTROL,
    &hidden_files_served::CONTROL,
    &host_cgroup_namespace::CONTROL,
    &host_device_passed::CONTROL,
    &host_gateway_reachable::CONTROL,
    &host_information_mounted::CONTROL,
    &host_ipc_namespace::CONTROL,
    &host_network::CONTROL,
    &host_pid_namespace::CONTROL,
    &host_user_namespace::CONTROL,
    &host_uts_namespace::CONTROL,
    &hsts_too_short::CONTROL,
    &http_not_redirected::CONTROL,
    &ignored_file_copied::CONTROL,
    &image_without_digest::CONTROL,
    &inconsistent_casing::CONTROL,
    &init_missing::CONTROL,
    &insecure_build_step::CONTROL,
    &insecure_registry_trusted::CONTROL,
    &install_without_root::CONTROL,
    &invalid_label::CONTROL,
    &layer_bytes_hidden::CONTROL,
    &leaky_dockerignore::CONTROL,
    &legacy_key_value::CONTROL,
    &legacy_storage_driver::CONTROL,
    &lifecycle_hook_privileged::CONTROL,
    &links_legacy::CONTROL,
    &live_restore_off::CONTROL,
    &lockfile_missing::CONTROL,
    &lockfile_not_copied::CONTROL,
    &lockfile_not_enforced::CONTROL,
    &lockfile_out_of_sync::CONTROL,
    &log_rotation_missing::CONTROL,
    &logging_disabled::CONTROL,
    &lookalike_dependency::CONTROL,
    &lsm_unconfined::CONTROL,
    &maintainer_instruction::CONTROL,
    &malformed_exec_form::CONTROL,
    &malicious_dependency::CONTROL,
    &masked_exit_status::CONTROL,
    &memory_unlimited::CONTROL,
    &misplaced_description::CONTROL,
    &missing_assume_yes::CONTROL,
    &missing_dockerignore::CONTROL,
    &missing_mandatory_access_control::CONTROL,
    &missing_pipefail::CONTROL,
    &namespace_joined::CONTROL,
    &needless_tool_shipped::CONTROL,
    &network_not_internal::CONTROL,
    &node_env_not_production::CONTROL,
    &node_line_ended::CONTROL,
    &node_version_disagrees::CONTROL,
    &node_version_unstated::CONTROL,
    &non_minimal_base_image::CONTROL,
    &non_numeric_user::CONTROL,
    &oom_protected::CONTROL,
    &origin_pattern_unanchored::CONTROL,
    &outside_resolver::CONTROL,
    &package_cache_left::CONTROL,
    &package_from_foreign_host::CONTROL,
    &package_lists_stale::CONTROL,
    &package_manager_as_pid1::CONTROL,
    &package_manager_in_image::CONTROL,
    &package_manager_in_runtime::CONTROL,
    &pids_unlimited::CONTROL,
    &plaintext_on_tls_port::CONTROL,
    &pointless_build_command::CONTROL,
    &port_published_everywhere::CONTROL,
    &privilege_escalation_allowed::CONTROL,
    &privileged_container::CONTROL,
    &privileged_port_exposed::CONTROL,
    &privileged_port_published::CONTROL,
    &production_install_before_build::CONTROL,
    &proxied_port_published::CONTROL,
    &proxy_access_log_off::CONTROL,
    &proxy_admin_open::CONTROL,
    &proxy_dashboard_open::CONTROL,
    &proxy_status_open::CONTROL,
    &published_and_root_and_writable::CONTROL,
    &published_port_unheard::CONTROL,
    &rate_limit_key_spoofable::CONTROL,
    &rate_limit_missing::CONTROL,
    &raw_host_device_passed::CONTROL,
    &read_only_breaks_writes::CONTROL,
    &recommended_packages_installed::CONTROL,
    &redundant_capability::CONTROL,
    &redundant_platform::CONTROL,
    &registry_token_in_project::CONTROL,
    &registry_unverified::CONTROL,
    &relative_workdir::CONTROL,
    &remote_add_unverified::CONTROL,
    &repository_in_image::CONTROL,
    &request_size_unlimited::CONTROL,
    &reserved_stage_name::CONTROL,
    &response_headers_lost::CONTROL,
    &restart_policy_missing::CONTROL,
    &risky_sysctl::CONTROL,
    &rootful_engine::CONTROL,
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
    &secret_in_git_history::CONTROL,
    &secret_in_image_arg::CONTROL,
    &secret_in_image_env::CONTROL,
    &secret_in_label::CONTROL,
    &secret_in_run::CONTROL,
    &secret_in_source::CONTROL,
    &secret_in_url::CONTROL,
    &secret_mount_leaked::CONTROL,
    &secret_removed_later::CONTROL,
    &security_header_not_always::CONTROL,
    &security_headers_missing::CONTROL,
    &security_update_missing::CONTROL,
    &sensitive_host_path_readable::CONTROL,
    &sensitive_host_path_writable::CONTROL,
    &server_version_told::CONTROL,
    &setuid_bit_added::CONTROL,
    &shared_mount_propagation::CONTROL,
    &shell_form_command::CONTROL,
    &shell_form_healthcheck::CONTROL,
    &shellcheck::CONTROL,
    &slashes_not_merged::CONTROL,
    &source_code_mounted::CONTROL,
    &source_copied_before_install::CONTROL,
    &source_map_served::CONTROL,
    &ssh_server_in_container::CONTROL,
    &ssh_server_in_image::CONTROL,
    &stale_engine_configuration::CONTROL,
    &stopped_containers_kept::CONTROL,
    &sudo_in_image::CONTROL,
    &swarm_active::CONTROL,
    &system_directory_used::CONTROL,
    &system_paths_unmasked::CONTROL,
    &tls_key_in_project::CONTROL,
    &tls_nowhere_on_published_path::CONTROL,
    &tls_verification_disabled::CONTROL,
    &two_download_tools::CONTROL,
    &ulimits_unset::CONTROL,
    &undefined_variable::CONTROL,
    &unguarded_cd::CONTROL,
    &unguarded_removal::CONTROL,
    &unknown_compose_key::CONTROL,
    &unknown_copy_source::CONTROL,
    &unknown_user::CONTROL,
    &unofficial_image::CONTROL,
    &unpinned_image::CONTROL,
    &unpinned_language_packages::CONTROL,
    &unpinned_system_packages::CONTROL,
    &unquoted_expansion::CONTROL,
    &unreachable_stage::CONTROL,
    &unrestrained_install_scripts::CONTROL,
    &unsigned_image::CONTROL,
    &unsigned_packages_allowed::CONTROL,
    &untrusted_registry::CONTROL,
    &unused_images_kept::CONTROL,
    &unusual_engine_log_level::CONTROL,
    &upstream_certificate_unchecked::CONTROL,
    &upstream_chosen_by_request::CONTROL,
    &upstream_unknown::CONTROL,
    &user_namespaces_not_remapped::CONTROL,
    &user_not_in_image::CONTROL,
    &useradd_inflates_layer::CONTROL,
    &userland_proxy_used::CONTROL,
    &vulnerable_dependency::CONTROL,
    &vulnerable_engine_part::CONTROL,
    &vulnerable_package_in_image::CONTROL,
    &vulnerable_program::CONTROL,
    &vulnerable_runtime::CONTROL,
    &weak_swarm_settings::CONTROL,
    &weak_tls_cipher::CONTROL,
    &weak_tls_protocol::CONTROL,
    &weak_tmpfs_options::CONTROL,
    &weakened_node_runtime::CONTROL,
    &wget_progress_bar::CONTROL,
    &whole_filesystem_copied::CONTROL,
    &world_writable_files::CONTROL,
    &writable_root_filesystem::CONTROL,
    &wrong_signature::CONTROL,
];
