/* A C program with an interpreter in it, as uWSGI is: embedded main|thread|fork.
   main: the first thread initialises Python and calls into it between waits without the GIL.
   thread: the first thread knows nothing of Python and pauses; another one does all that.
   fork: the first process initialises Python and forks; the child is the worker, and the target. */
#include <Python.h>
#if PY_VERSION_HEX < 0x03090000
#define PyObject_CallNoArgs(f) PyObject_CallObject(f, NULL)
#endif
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

static const char *setup =
    "import os, sys\n"
    "sys.path.insert(0, os.environ['MEMTUI_TORTURE_TARGETS'])\n"
    "sys.argv = ['embedded']\n"
    "import board, json\n"
    "def step(data='[1, 2, 3]' * 1):\n"
    "    board.check(sum(json.loads(data)) == 6, 'the embedded interpreter counts wrongly')\n";

static void serve(void) {
    if (PyRun_SimpleString("board.ready()\n")) _exit(3);
    PyObject *step = PyObject_GetAttrString(PyImport_AddModule("__main__"), "step");
    for (;;) {
        PyThreadState *mine = PyEval_SaveThread();
        poll(NULL, 0, 20);
        PyEval_RestoreThread(mine);
        PyObject *answer = PyObject_CallNoArgs(step);
        if (!answer) { PyErr_Print(); _exit(4); }
        Py_DECREF(answer);
    }
}

static void *all(void *unused) {
    Py_Initialize();
    if (PyRun_SimpleString(setup)) _exit(2);
    serve();
    return unused;
}

int main(int argc, char **argv) {
    const char *kind = argc > 1 ? argv[1] : "main";
    if (!strcmp(kind, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, all, NULL);
        for (;;) pause();
    }
    if (!strcmp(kind, "fork")) {
        Py_Initialize();
        if (PyRun_SimpleString(setup)) _exit(2);
        PyOS_BeforeFork();
        pid_t child = fork();
        if (!child) {
            PyOS_AfterFork_Child();
            serve();
        }
        PyOS_AfterFork_Parent();
        PyThreadState *mine = PyEval_SaveThread();
        int status = 0;
        waitpid(child, &status, 0);
        PyEval_RestoreThread(mine);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    all(NULL);
    return 0;
}
