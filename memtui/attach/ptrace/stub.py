"""The machine code that runs in the target, and the block of memory it works on.

Position-independent x86-64.  Each function gets the address of the block in ``rdi`` and keeps it in
``rbx``.  Before the payload runs, 1 is exchanged into the block's ``claimed``.  So the pending call or the
thread, whichever comes first, runs the payload, and the other does nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields

#: Offsets in the block.  Flags have four bytes, all other fields eight.
CLAIMED, PENDING_DONE, THREAD_DONE, THREAD_ID = 0, 4, 8, 12
CALL_RESULT, IS_INITIALIZED, ADD_PENDING, PENDING_ENTRY = 24, 32, 40, 48
ENSURE, RUN, RELEASE, TEXT = 56, 64, 72, 80
ATTR_INIT, ATTR_SET_STACK, ATTR_SET_DETACHED, CREATE = 88, 96, 104, 112
STACK, STACK_SIZE, THREAD_ENTRY, HANDLE, ATTRIBUTES = 120, 128, 136, 144, 152
CALL_DONE, CALL_LEFT = 208, 212  # after the attributes, which have 56 bytes in glibc and musl
INTERPRETER, MAIN_INTERPRETER, CURRENT, DECLINED = 216, 224, 232, 240
NEW_DICT, CLEAR, DECREF, NAMESPACE = 248, 256, 264, 272
BLOCK_SIZE = 280

#: The value of CALL_RESULT if the interpreter is not initialized yet, or is finalized.
NOT_INITIALIZED = 1000

_PROLOGUE = "53 48 89 fb"  # push rbx; mov rbx, rdi
_CLAIM = "b8 01 00 00 00 87 03 85 c0"  # mov eax, 1; xchg [rbx], eax; test eax, eax
#: PyRun_StringFlags in a new namespace, because the application's ``__main__`` may use our names for other
#: things.  An error is not printed.  It sets DECLINED, because another thread may succeed.
_RUN = """
    ff 93 f8 00 00 00       call [rbx+NEW_DICT]
    48 89 83 10 01 00 00    mov [rbx+NAMESPACE], rax
    48 85 c0 74 15          test rax, rax; jz ran
    48 8b 7b 50             mov rdi, [rbx+TEXT]
    be 01 01 00 00          mov esi, Py_file_input
    48 89 c2 48 89 c1       mov rdx, rax; mov rcx, rax
    45 31 c0 ff 53 40       xor r8d, r8d; call [rbx+RUN]
    48 89 c7                ran: mov rdi, rax
    48 85 c0 75 15          test rax, rax; jnz good
    ff 93 00 01 00 00       call [rbx+CLEAR]
    c7 83 f0 00 00 00 01 00 00 00  mov dword [rbx+DECLINED], 1
    83 23 00 31 ff          and dword [rbx+CLAIMED], 0; xor edi, edi
    ff 93 08 01 00 00       good: call [rbx+DECREF]
    48 8b bb 10 01 00 00    mov rdi, [rbx+NAMESPACE]
    ff 93 08 01 00 00       call [rbx+DECREF]
"""

#: ``int pending(block)``, for Py_AddPendingCall.  Always 0, because −1 would be an error in the application.
#: Up to 3.11 it is called in a subinterpreter if the main thread is in one.  An agent there would see the
#: wrong objects, and the end of that interpreter would fail because of the additional thread.
_PENDING = f"""
    {_PROLOGUE}
    ff 93 d8 00 00 00       call [rbx+INTERPRETER]
    48 89 83 e8 00 00 00    mov [rbx+CURRENT], rax
    ff 93 e0 00 00 00       call [rbx+MAIN_INTERPRETER]
    48 3b 83 e8 00 00 00    cmp rax, [rbx+CURRENT]
    75 64                   jne elsewhere
    {_CLAIM}
    75 63                   jnz done
    {_RUN}
    eb 0a                   jmp done
    c7 83 f0 00 00 00 01 00 00 00  elsewhere: mov dword [rbx+DECLINED], 1
    c7 43 04 01 00 00 00    done: mov dword [rbx+PENDING_DONE], 1
    31 c0 5b c3             xor eax, eax; pop rbx; ret
"""

#: ``void *thread(block)``, for pthread_create: takes the GIL, then checks whether it is still needed.
_THREAD = f"""
    {_PROLOGUE}
    41 54 48 83 ec 08       push r12; sub rsp, 8
    b8 ba 00 00 00 0f 05    mov eax, SYS_gettid; syscall
    89 43 0c                mov [rbx+THREAD_ID], eax
    ff 53 38                call [rbx+ENSURE]
    41 89 c4                mov r12d, eax
    {_CLAIM}
    75 57                   jnz release
    {_RUN}
    44 89 e7 ff 53 48       release: mov edi, r12d; call [rbx+RELEASE]
    c7 43 08 01 00 00 00    mov dword [rbx+THREAD_DONE], 1
    48 83 c4 08 41 5c       add rsp, 8; pop r12
    31 c0 5b c3             xor eax, eax; pop rbx; ret
"""

_ASK = """
    48 c7 43 18 e8 03 00 00 mov qword [rbx+CALL_RESULT], NOT_INITIALIZED
    ff 53 20                call [rbx+IS_INITIALIZED]
    85 c0                   test eax, eax
"""
#: Done: we interrupt the thread here and restore its registers.  If nobody comes, because we were killed,
#: it goes the way back by itself after 2^28 ticks, about 0.1 s, and sets CALL_LEFT.
_ANSWER = """
    48 98 48 89 43 18       cdqe; mov [rbx+CALL_RESULT], rax
    c7 83 d0 00 00 00 01 00 00 00  out: mov dword [rbx+CALL_DONE], 1
    0f 31 48 c1 e2 20       rdtsc; shl rdx, 32
    48 09 d0 48 89 c1       or rax, rdx; mov rcx, rax
    f3 90 0f 31 48 c1 e2 20 wait: pause; rdtsc; shl rdx, 32
    48 09 d0 48 29 c8       or rax, rdx; sub rax, rcx
    48 3d 00 00 00 10 72 ea cmp rax, 1 << 28; jb wait
    c7 83 d4 00 00 00 01 00 00 00  mov dword [rbx+CALL_LEFT], 1
    5b c3                   pop rbx; ret
"""

#: ``void pend(block)``: Py_AddPendingCall, if the interpreter is initialized; stores the result.
_PEND = f"""
    {_PROLOGUE}
    {_ASK}
    74 10                   jz out
    48 8b 7b 30             mov rdi, [rbx+PENDING_ENTRY]
    48 89 de                mov rsi, rbx
    ff 53 28                call [rbx+ADD_PENDING]
    {_ANSWER}
"""

#: ``void launch(block)``: the same, for a detached thread on the stack that we mapped.
_LAUNCH = f"""
    {_PROLOGUE}
    {_ASK}
    74 4f                   jz out
    48 8d bb 98 00 00 00    lea rdi, [rbx+ATTRIBUTES]
    ff 53 58                call [rbx+ATTR_INIT]
    48 8d bb 98 00 00 00    lea rdi, [rbx+ATTRIBUTES]
    48 8b 73 78             mov rsi, [rbx+STACK]
    48 8b 93 80 00 00 00    mov rdx, [rbx+STACK_SIZE]
    ff 53 60                call [rbx+ATTR_SET_STACK]
    48 8d bb 98 00 00 00    lea rdi, [rbx+ATTRIBUTES]
    be 01 00 00 00          mov esi, PTHREAD_CREATE_DETACHED
    ff 53 68                call [rbx+ATTR_SET_DETACHED]
    48 8d bb 90 00 00 00    lea rdi, [rbx+HANDLE]
    48 8d b3 98 00 00 00    lea rsi, [rbx+ATTRIBUTES]
    48 8b 93 88 00 00 00    mov rdx, [rbx+THREAD_ENTRY]
    48 89 d9                mov rcx, rbx
    ff 53 70                call [rbx+CREATE]
    {_ANSWER}
"""


def _assemble(listing: str) -> bytes:
    """The bytes of a listing: each line starts with pairs of hex digits; the rest is ignored."""
    code = bytearray()
    for line in listing.splitlines():
        for word in line.split():
            if len(word) != 2 or not set(word) <= set("0123456789abcdef"):
                break
            code.append(int(word, 16))
    return bytes(code)


@dataclass(frozen=True, slots=True)
class Entries:
    """The start of each function, relative to the code."""

    pending: int
    thread: int
    pend: int
    launch: int


def _link() -> tuple[bytes, Entries]:
    code, offsets = b"", []
    for listing in (_PENDING, _THREAD, _PEND, _LAUNCH):
        offsets.append(len(code))
        piece = _assemble(listing)
        code += piece.ljust(-(-len(piece) // 16) * 16, b"\xcc")
    return code, Entries(*offsets)


CODE, ENTRIES = _link()
assert len(fields(Entries)) == 4


def block(words: dict[int, int]) -> bytes:
    """A new block with ``words`` (offset: eight-byte value) filled in."""
    data = bytearray(BLOCK_SIZE)
    for offset, value in words.items():
        struct.pack_into("<Q", data, offset, value)
    return bytes(data)
