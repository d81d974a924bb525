/* Keeps known values in every register a tracer could spoil, spins, and compares them bit by bit.
   Compiled with -mno-red-zone, so that the 128 bytes under the stack pointer are the check's own. */
#include <stdint.h>
#include <string.h>

struct state {
    uint8_t vector[32][64]; /* zmm0-31, or the lower halves of ymm0-15 */
    uint64_t mask[8];       /* k0-7 */
    double fpu[8];          /* st0-7 */
    uint64_t general[8];    /* r8-r15 */
    uint64_t red[16];       /* the red zone */
    uint32_t mxcsr, carry;
} __attribute__((aligned(64)));

#define ALL(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7)
#define STR2(x) #x
#define STR(x) STR2(x)
#define OFF_MASK 2048
#define OFF_FPU 2112
#define OFF_GENERAL 2176
#define OFF_RED 2240
#define OFF_MXCSR 2368
#define OFF_CARRY 2372
_Static_assert(__builtin_offsetof(struct state, carry) == OFF_CARRY, "layout");

#define GENERAL_LOAD "mov 2176(%%rsi),%%r8\n mov 2184(%%rsi),%%r9\n mov 2192(%%rsi),%%r10\n mov 2200(%%rsi),%%r11\n" \
    "mov 2208(%%rsi),%%r12\n mov 2216(%%rsi),%%r13\n mov 2224(%%rsi),%%r14\n mov 2232(%%rsi),%%r15\n"
#define GENERAL_STORE "mov %%r8,2176(%%rdi)\n mov %%r9,2184(%%rdi)\n mov %%r10,2192(%%rdi)\n mov %%r11,2200(%%rdi)\n" \
    "mov %%r12,2208(%%rdi)\n mov %%r13,2216(%%rdi)\n mov %%r14,2224(%%rdi)\n mov %%r15,2232(%%rdi)\n"
#define FPU_LOAD "fninit\n fldl 2168(%%rsi)\n fldl 2160(%%rsi)\n fldl 2152(%%rsi)\n fldl 2144(%%rsi)\n" \
    "fldl 2136(%%rsi)\n fldl 2128(%%rsi)\n fldl 2120(%%rsi)\n fldl 2112(%%rsi)\n"
#define FPU_STORE "fstpl 2112(%%rdi)\n fstpl 2120(%%rdi)\n fstpl 2128(%%rdi)\n fstpl 2136(%%rdi)\n" \
    "fstpl 2144(%%rdi)\n fstpl 2152(%%rdi)\n fstpl 2160(%%rdi)\n fstpl 2168(%%rdi)\n"
#define RED_IN(i) "mov 2240+8*" #i "(%%rsi),%%rax\n mov %%rax,-128+8*" #i "(%%rsp)\n"
#define RED_OUT(i) "mov -128+8*" #i "(%%rsp),%%rax\n mov %%rax,2240+8*" #i "(%%rdi)\n"
#define RED_LOAD ALL(RED_IN) RED_IN(8) RED_IN(9) RED_IN(10) RED_IN(11) RED_IN(12) RED_IN(13) RED_IN(14) RED_IN(15)
#define RED_STORE ALL(RED_OUT) RED_OUT(8) RED_OUT(9) RED_OUT(10) RED_OUT(11) RED_OUT(12) RED_OUT(13) RED_OUT(14) RED_OUT(15)
/* "loop" changes no flag, so the carry is in flight too. */
#define TURN "ldmxcsr 2368(%%rsi)\n stc\n 1: loop 1b\n setc %%al\n movzbl %%al,%%eax\n mov %%eax,2372(%%rdi)\n stmxcsr 2368(%%rdi)\n"
#define CLOBBERED "rax", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory", \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", \
    "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"

#define Y_IN(i) "vmovdqu 64*" #i "(%%rsi),%%ymm" #i "\n"
#define Y_OUT(i) "vmovdqu %%ymm" #i ",64*" #i "(%%rdi)\n"
#define Y16(x) ALL(x) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
#define Z_IN(i) "vmovdqu64 64*" #i "(%%rsi),%%zmm" #i "\n"
#define Z_OUT(i) "vmovdqu64 %%zmm" #i ",64*" #i "(%%rdi)\n"
#define Z32(x) Y16(x) x(16) x(17) x(18) x(19) x(20) x(21) x(22) x(23) x(24) x(25) x(26) x(27) x(28) x(29) x(30) x(31)
#define K_IN(i) "kmovq 2048+8*" #i "(%%rsi),%%k" #i "\n"
#define K_OUT(i) "kmovq %%k" #i ",2048+8*" #i "(%%rdi)\n"

static void turn_ymm(const struct state *in, struct state *out, long spins) {
    __asm__ volatile(Y16(Y_IN) FPU_LOAD RED_LOAD GENERAL_LOAD TURN GENERAL_STORE RED_STORE FPU_STORE Y16(Y_OUT) "vzeroupper\n"
                     : "+S"(in), "+D"(out), "+c"(spins) : : CLOBBERED);
}

static void turn_zmm(const struct state *in, struct state *out, long spins) {
    __asm__ volatile(Z32(Z_IN) ALL(K_IN) FPU_LOAD RED_LOAD GENERAL_LOAD TURN GENERAL_STORE RED_STORE FPU_STORE ALL(K_OUT) Z32(Z_OUT)
                     "vzeroupper\n" : "+S"(in), "+D"(out), "+c"(spins) : : CLOBBERED);
}

/* How many of `turns` turns found a register other than it was left. */
long spin(long turns) {
    struct state in, out;
    uint32_t usual = 0x1f80;
    int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    long wrong = 0;
    for (long turn = 0; turn < turns; turn++) {
        memset(&in, 0, sizeof in);
        for (int i = 0; i < 32; i++)
            for (int j = 0; j < (wide ? 64 : i < 16 ? 32 : 0); j++) in.vector[i][j] = (uint8_t)(i * 7 + j * 3 + turn);
        for (int i = 0; i < 8; i++) {
            in.mask[i] = wide ? 0x0123456789abcdefull * (uint64_t)(i + 1 + turn) : 0;
            in.fpu[i] = 1.5 * (i + 1) + (double)turn;
            in.general[i] = 0x9e3779b97f4a7c15ull * (uint64_t)(i + 3 + turn);
        }
        for (int i = 0; i < 16; i++) in.red[i] = 0xd1b54a32d192ed03ull * (uint64_t)(i + 1 + turn);
        in.mxcsr = 0x3f80; /* round down: not what anything else uses */
        in.carry = 1;
        memset(&out, 0, sizeof out);
        if (wide) turn_zmm(&in, &out, 20000); else turn_ymm(&in, &out, 20000);
        __asm__ volatile("ldmxcsr %0" : : "m"(usual));
        wrong += memcmp(&in, &out, sizeof in) != 0;
    }
    return wrong;
}
