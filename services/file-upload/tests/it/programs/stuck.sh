#!/bin/sh
exec /bin/sleep 600
