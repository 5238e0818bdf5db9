// SPDX-License-Identifier: Apache-2.0
// Loaded before s3rver: an object is replaced as a whole, as in S3. s3rver by itself empties the object that is there
// and then writes; if the client is killed meanwhile, an empty object stays, for which requests of ranges never end.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs/promises');
const path = require('node:path');
const { createWriteStream } = require('node:fs');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const FilesystemStore = require('s3rver/lib/stores/filesystem');

FilesystemStore.prototype.putObject = async function (object) {
    const target = this.getResourcePath(object.bucket, object.key, 'object');
    const part = `${target}.${crypto.randomUUID()}`;
    const hash = crypto.createHash('md5');
    let size = 0;
    async function* counted(source) {
        for await (const chunk of source) {
            hash.update(chunk);
            size += chunk.length;
            yield chunk;
        }
    }
    await fs.mkdir(path.dirname(part), { recursive: true });
    try {
        const source = Buffer.isBuffer(object.content) ? Readable.from([object.content]) : object.content;
        await pipeline(source, counted, createWriteStream(part));
        await fs.rename(part, target);
    } catch (error) {
        await fs.rm(part, { force: true });
        throw error;
    }
    const md5 = hash.digest('hex');
    await this.putMetadata(object.bucket, object.key, object.metadata, md5);
    return { size, md5 };
};
