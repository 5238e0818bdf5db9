# SPDX-License-Identifier: Apache-2.0
"""The HTTP worker: windows of composites and planned tasks of any job, as a queue or a dispatcher sends them.

Needs ``pip install 'tilewright[worker]'``; :func:`tilewright.worker.app.create_app` makes the application, and the
command ``tilewright worker`` serves it.
"""
