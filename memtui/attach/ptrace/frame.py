"""The way back that works without us: a signal frame with the whole state of a thread.

When we make a stopped thread call a function, the function returns into the C library's own
``rt_sigreturn`` code, with the frame built here on the stack.  Normally we catch the thread at that
system call and restore the registers ourselves, bit by bit.  If we are killed during the call, the kernel
lets the thread run, the function returns, and the kernel restores the thread from the frame: registers,
extended registers, signal mask, and a program counter that points at the interrupted system call.

The layout is ``struct rt_sigframe`` of the kernel's x86-64 signal ABI (sigframe.h, sigcontext.h).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.attach.ptrace.kernel import Regs

#: The kernel's values of ``rax`` for a thread that stopped inside a system call that will be restarted.
ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK = 512, 513, 514, 516
RESTARTS = frozenset((-ERESTARTSYS, -ERESTARTNOINTR, -ERESTARTNOHAND, -ERESTART_RESTARTBLOCK))
EINTR = 4

#: The 128 bytes below the stack pointer belong to the interrupted function (the red zone).
RED_ZONE = 128

_UC_FP_XSTATE, _UC_SIGCONTEXT_SS, _UC_STRICT_RESTORE_SS = 1, 2, 4
_HEAD = 8 + 304 + 128  # return address, ucontext with its mask, siginfo
_MAGIC1, _MAGIC2 = 0x46505853, 0x46505845
_LEGACY, _SOFTWARE, _XSTATE_BV = 512, 464, 512
_AMX, _SIZE_BEFORE_AMX = 0b11 << 17, 2696

#: The kernel ignores an invalid alternative stack, so the thread keeps its own.
_NO_STACK = struct.pack("<QiiQ", 0, 0x7FFF, 0, 0)


def place(top: int, xstate: bytes) -> tuple[int, int]:
    """Addresses of the frame and of the extended state, for a stack that ends at ``top``.

    The frame's address is the stack pointer at the entry of a function: 8 modulo 16.
    """
    extended = (top - len(xstate) - 64) & ~63
    return ((extended - _HEAD) & ~15) - 8, extended


def build(regs: Regs, sigmask: int, xstate: bytes, way_back: int, top: int) -> tuple[int, bytes]:
    """The frame's address below ``top``, and its bytes up to the end of the extended state.

    ``way_back`` is the address of code that calls ``rt_sigreturn``.
    """
    address, extended = place(top, xstate)
    state = _extended(xstate)
    head = struct.pack(
        "<QQQ", way_back, _UC_FP_XSTATE | _UC_SIGCONTEXT_SS | _UC_STRICT_RESTORE_SS, 0
    )
    head += _NO_STACK + _context(regs, extended) + struct.pack("<Q", sigmask)
    return address, head.ljust(extended - address, b"\0") + state


def _context(regs: Regs, extended: int) -> bytes:
    rip, rax = regs.rip, regs.rax
    if regs.syscall >= 0 and regs.result in RESTARTS:
        if regs.result == -ERESTART_RESTARTBLOCK:
            # rt_sigreturn clears what restart_syscall needs; callers of these calls handle EINTR.
            rax = -EINTR & (1 << 64) - 1
        else:
            rip, rax = rip - 2, regs.orig_rax
    general = (
        *(regs.r8, regs.r9, regs.r10, regs.r11, regs.r12, regs.r13, regs.r14, regs.r15),
        *(regs.rdi, regs.rsi, regs.rbp, regs.rbx, regs.rdx, rax, regs.rcx, regs.rsp),
        *(rip, regs.eflags),
    )
    segments = struct.pack("<4H", regs.cs & 0xFFFF, 0, 0, regs.ss & 0xFFFF)
    return (
        struct.pack("<18Q", *general)
        + segments
        + struct.pack("<4QQ", 0, 0, 0, 0, extended)
        + bytes(64)
    )


def _extended(xstate: bytes) -> bytes:
    """The state in the format of the signal ABI, with two magic numbers and the size.

    The kernel restores only SSE from a frame that is larger than the task may use.  A task gets room for
    AMX's tiles only on request, but ptrace always includes them, so they are left out if unused.
    """
    features = int.from_bytes(xstate[_SOFTWARE : _SOFTWARE + 8], "little")
    used = int.from_bytes(xstate[_XSTATE_BV : _XSTATE_BV + 8], "little")
    size = len(xstate)
    if features & _AMX and not used & _AMX:
        size, features = min(size, _SIZE_BEFORE_AMX), features & ~_AMX
    software = struct.pack("<IIQI", _MAGIC1, size + 4, features, size).ljust(
        _LEGACY - _SOFTWARE, b"\0"
    )
    return xstate[:_SOFTWARE] + software + xstate[_LEGACY:size] + struct.pack("<I", _MAGIC2)
