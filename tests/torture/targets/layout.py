"""The layout of the board: byte offsets, shared by the target (which writes) and the torture (which reads)."""

PID, BEATS, RIGHT, WRONG, ASK, ANSWERED, PORT, GAPS, LENGTH, COUNT, WRONG_LENGTH = range(0, 88, 8)
WRONG_TEXT, WRONG_SPACE = 1024, 1024
ANSWER, ANSWER_SPACE = 4096, 256 * 1024
RING, RING_SLOTS = (
    ANSWER + ANSWER_SPACE,
    8192,
)  # pairs of doubles: end of the gap, its length, seconds
SIZE = RING + RING_SLOTS * 16
