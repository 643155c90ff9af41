//! The system call filter. Namespaces and dropped privileges already keep the command in its box; the filter closes the
//! parts of the kernel that no build or test needs and that escapes have come through: mounting, new namespaces,
//! tracing, keyrings, BPF, io_uring, and socket families that a network namespace does not separate (vsock reaches the
//! hypervisor). Memory that no per-process measure sees (memfd, System V segments) is refused as well.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, sock_filter,
};

/// Compiled before the fork, for a forked child must not allocate.
pub(super) fn programs() -> Result<Vec<BpfProgram>, seccompiler::Error> {
    let refused = refused_calls().into_iter().map(|call| (call, Vec::new()));
    let mut forbidden: BTreeMap<i64, Vec<SeccompRule>> = refused.collect();
    forbidden.insert(libc::SYS_clone, clone_with_namespaces()?);
    forbidden.insert(libc::SYS_socket, foreign_socket_families()?);
    forbidden.insert(libc::SYS_ioctl, terminal_injection()?);

    // `clone3` hides its flags behind a pointer that a filter can not read; "no such call" makes libc fall back to `clone`.
    let unknown = [
        libc::SYS_clone3,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
    ];
    let unknown = unknown.iter().map(|call| (*call, Vec::new())).collect();

    Ok(vec![
        without_foreign_abi(compile(forbidden, libc::EPERM)?),
        compile(unknown, libc::ENOSYS)?,
    ])
}

fn compile(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    errno: i32,
) -> Result<BpfProgram, seccompiler::Error> {
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(errno.unsigned_abs()),
        std::env::consts::ARCH.try_into()?,
    )?;
    Ok(filter.try_into()?)
}

fn refused_calls() -> Vec<i64> {
    let calls = vec![
        // mounts and namespaces
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_mount_setattr,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_open_by_handle_at,
        libc::SYS_fanotify_init,
        libc::SYS_quotactl,
        // other processes
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_getfd,
        libc::SYS_kcmp,
        // the kernel itself
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_syslog,
        libc::SYS_acct,
        libc::SYS_vhangup,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_adjtimex,
        libc::SYS_clock_adjtime,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        // keyrings are not separated by namespaces
        libc::SYS_keyctl,
        libc::SYS_add_key,
        libc::SYS_request_key,
        // memory outside every process
        libc::SYS_memfd_create,
        libc::SYS_shmget,
        libc::SYS_mq_open,
        libc::SYS_move_pages,
        libc::SYS_migrate_pages,
    ];
    #[cfg(target_arch = "x86_64")]
    let calls = [
        calls,
        vec![libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_kexec_file_load],
    ]
    .concat();
    calls
}

fn clone_with_namespaces() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let namespaces = [
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ];
    let rule = |flag: i32| {
        let flag = u64::from(flag.cast_unsigned());
        let condition = SeccompCondition::new(
            0,
            SeccompCmpArgLen::Qword,
            SeccompCmpOp::MaskedEq(flag),
            flag,
        )?;
        Ok(SeccompRule::new(vec![condition])?)
    };
    namespaces.into_iter().map(rule).collect()
}

fn foreign_socket_families() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let known = [
        libc::AF_UNIX,
        libc::AF_INET,
        libc::AF_INET6,
        libc::AF_NETLINK,
    ];
    let conditions = known
        .into_iter()
        .map(|family| {
            let family = u64::from(family.cast_unsigned());
            SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(vec![SeccompRule::new(conditions)?])
}

fn terminal_injection() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let rule = |request: u64| {
        let condition =
            SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, request)?;
        Ok(SeccompRule::new(vec![condition])?)
    };
    [libc::TIOCSTI, libc::TIOCLINUX]
        .into_iter()
        .map(rule)
        .collect()
}

/// On x86-64 the same calls exist a second time under x32 numbers, which a filter by number would let pass.
#[cfg(target_arch = "x86_64")]
fn without_foreign_abi(program: BpfProgram) -> BpfProgram {
    const LOAD_WORD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
    const JUMP_IF_GREATER_OR_EQUAL: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K
    const X32_BIT: u32 = 0x4000_0000;
    const RETURN_ERRNO: u32 = 0x0005_0000; // SECCOMP_RET_ERRNO
    let line = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let mut whole = vec![
        line(LOAD_WORD, 0, 0, 0),
        line(JUMP_IF_GREATER_OR_EQUAL, 0, 1, X32_BIT),
        line(RETURN, 0, 0, RETURN_ERRNO | libc::ENOSYS.unsigned_abs()),
    ];
    whole.extend(program);
    whole
}

#[cfg(not(target_arch = "x86_64"))]
fn without_foreign_abi(program: BpfProgram) -> BpfProgram {
    program
}
