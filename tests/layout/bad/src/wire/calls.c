/* SPDX-License-Identifier: MIT */
/* malloc(1) in a comment, printf("x") too,
   and free(p) on a second line */
static void calls(struct allocator *a)
{
    a->free(malloc(1)); // rand()
    a->x.free (p); "printf(1)";
    my_printf(free, p->printf);
    clock_gettime(0, 0), rand ();
}
