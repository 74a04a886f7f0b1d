/* SPDX-License-Identifier: MIT */
static void f(void)
{
    if (a) {
        one();
    }
}

static void fits(void)
{
    if (a) {
        one();
    } else {
        two();
        three();
    }
}
