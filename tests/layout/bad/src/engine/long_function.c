/* no licence */
static void fits(void)
{
    one();
    two();
    three();
    four();
    five();
    six();
}

static void too_long(void)
{
    one();
    two();
    three();
    four();
    five();
    six();
    seven();
}
