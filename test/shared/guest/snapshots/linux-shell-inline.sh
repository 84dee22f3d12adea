#!/bin/sh -e
echo one
echo two
