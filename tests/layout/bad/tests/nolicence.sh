#!/bin/sh
echo no licence
